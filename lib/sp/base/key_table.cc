#include "sp/base/key_table.h"

#include <algorithm>

#include "sp/base/diagnostic.h"

namespace sp {
namespace {

constexpr std::size_t kFirstSlots = 256;
constexpr std::size_t kFirstChunk = std::size_t{16} << 10;

// Three quarters at most are in use.
bool is_full(std::size_t keys, std::size_t slots) { return keys * 4 > slots * 3; }

}  // namespace

KeyTable::KeyTable() : mask_(kFirstSlots - 1), slots_(kFirstSlots, kFree) {}

void KeyTable::clear() {
  if (!places_.empty()) *this = KeyTable();
}

std::uint32_t KeyTable::add(std::string_view key, std::size_t at, std::uint64_t hash) {
  if (places_.size() == kNone || key.size() >= UINT32_MAX) {
    throw Error(ExitCode::kDataErr, "there are more than 2^32 - 1 distinct keys, or bytes in one");
  }
  const auto number = static_cast<std::uint32_t>(places_.size());
  places_.push_back(keep(number, key));
  slots_[at] = tag_of(hash) | places_.back();
  if (is_full(places_.size(), slots_.size())) grow();
  return number;
}

KeyTable::Slot KeyTable::keep(std::uint32_t number, std::string_view key) {
  const auto size = static_cast<std::uint32_t>(key.size());
  const bool is_long = size >= kLong;
  const std::size_t room = sizeof number + 1 + (is_long ? sizeof size : 0) + size;
  constexpr std::size_t kChunk = std::size_t{1} << kOffsetBits;
  if (room > chunk_size_ - chunk_used_) {
    chunk_size_ = std::max(chunks_.empty() ? kFirstChunk : kChunk, room);
    chunk_used_ = 0;
    chunks_.emplace_back(new char[chunk_size_]);
  }
  char* at = chunks_.back().get() + chunk_used_;
  const Slot place = (chunks_.size() - 1) << kOffsetBits | chunk_used_;
  chunk_used_ = std::min(chunk_used_ + room, chunk_size_);
  std::memcpy(at, &number, sizeof number);
  at += sizeof number;
  *at++ = static_cast<char>(is_long ? kLong : size);
  if (is_long) {
    std::memcpy(at, &size, sizeof size);
    at += sizeof size;
  }
  if (size > 0) std::memcpy(at, key.data(), size);
  return place;
}

void KeyTable::grow() {
  const std::size_t slots = slots_.size() * 2;
  slots_ = {};  // the old ones need not be there beside the new ones
  slots_.assign(slots, kFree);
  mask_ = slots - 1;
  for (const Slot place : places_) {
    const std::uint64_t key_hash = hash(entry(place).key);
    std::size_t at = key_hash & mask_;
    while (slots_[at] != kFree) at = (at + 1) & mask_;
    slots_[at] = tag_of(key_hash) | place;
  }
}

std::size_t KeyTable::probes() const {
  std::size_t sum = 0;
  for (std::size_t at = 0; at < slots_.size(); ++at) {
    if (slots_[at] == kFree) continue;
    sum += ((at - hash(entry(slots_[at]).key)) & mask_) + 1;
  }
  return sum;
}

}  // namespace sp
