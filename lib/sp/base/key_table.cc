#include "sp/base/key_table.h"

#include <algorithm>
#include <cstring>

#include "sp/base/diagnostic.h"

namespace sp {
namespace {

constexpr std::size_t kFirstSlots = 256;
constexpr std::size_t kChunk = 16 * 1024;

}  // namespace

KeyTable::KeyTable() : mask_(kFirstSlots - 1), slots_(kFirstSlots, Slot{0, kNone}) {}

void KeyTable::clear() {
  if (!keys_.empty()) *this = KeyTable();
}

std::uint32_t KeyTable::add(std::string_view key, std::size_t at, std::uint32_t tag) {
  if (keys_.size() == kNone) {
    throw Error(ExitCode::kDataErr, "there are more than 2^32 - 1 distinct keys");
  }
  const auto number = static_cast<std::uint32_t>(keys_.size());
  keys_.push_back(keep(key));
  slots_[at] = {tag, number};
  if (keys_.size() * 2 > slots_.size()) grow();
  return number;
}

std::string_view KeyTable::keep(std::string_view key) {
  if (key.size() > chunk_left_) {
    chunk_left_ = std::max(kChunk, key.size());
    chunks_.emplace_back(new char[chunk_left_]);
    chunk_at_ = chunks_.back().get();
  }
  char* const copy = chunk_at_;
  if (!key.empty()) std::memcpy(copy, key.data(), key.size());
  chunk_at_ += key.size();
  chunk_left_ -= key.size();
  return {copy, key.size()};
}

void KeyTable::grow() {
  slots_.assign(slots_.size() * 2, Slot{0, kNone});
  mask_ = slots_.size() - 1;
  for (std::uint32_t number = 0; number < keys_.size(); ++number) {
    const std::uint64_t hash = key_hash(keys_[number], seed_);
    std::size_t at = hash & mask_;
    while (slots_[at].number != kNone) at = (at + 1) & mask_;
    slots_[at] = {tag_of(hash), number};
  }
}

std::size_t KeyTable::probes() const {
  std::size_t sum = 0;
  for (std::size_t at = 0; at < slots_.size(); ++at) {
    if (slots_[at].number == kNone) continue;
    sum += ((at - key_hash(keys_[slots_[at].number], seed_)) & mask_) + 1;
  }
  return sum;
}

}  // namespace sp
