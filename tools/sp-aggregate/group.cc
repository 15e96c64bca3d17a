#include "sp-aggregate/group.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "sp/base/diagnostic.h"

namespace sp {
namespace {

constexpr std::size_t kFirstSlots = 256;  // a power of two
constexpr std::size_t kChunk = 16 * 1024;
constexpr std::uint64_t kOdd1 = 0x9e3779b97f4a7c15U;
constexpr std::uint64_t kOdd2 = 0xd6e8feb86659fd93U;

__extension__ using Wide = unsigned __int128;

std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

template <class T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// The last 1 to 8 bytes as one number; reads that overlap spare a loop.
std::uint64_t load_tail(const char* at, std::size_t n) {
  if (n >= 4) {
    return load<std::uint32_t>(at) | std::uint64_t{load<std::uint32_t>(at + n - 4)} << 32;
  }
  const auto byte = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(at[i])}; };
  return n == 0 ? 0 : byte(0) | byte(n / 2) << 8 | byte(n - 1) << 16;
}

}  // namespace

GroupTable::GroupTable() : mask_(kFirstSlots - 1), slots_(kFirstSlots, Slot{0, kNone}) {
  std::random_device chance;
  seed_ = std::uint64_t{chance()} << 32 | chance();
}

std::uint64_t GroupTable::hash_of(std::string_view key) const {
  const char* at = key.data();
  std::size_t left = key.size();
  std::uint64_t hash = seed_ ^ (key.size() * kOdd1);
  for (; left > 8; at += 8, left -= 8) hash = fold(hash ^ load<std::uint64_t>(at), kOdd1);
  return fold(fold(hash ^ load_tail(at, left), kOdd1), kOdd2);
}

std::uint32_t GroupTable::add(std::string_view key, std::size_t at, std::uint32_t tag) {
  if (keys_.size() == kNone) throw Error(ExitCode::kDataErr, "there are more than 2^32 - 1 groups");
  const auto group = static_cast<std::uint32_t>(keys_.size());
  keys_.push_back(keep(key));
  slots_[at] = {tag, group};
  if (keys_.size() * 2 > slots_.size()) grow();
  return group;
}

std::string_view GroupTable::keep(std::string_view key) {
  if (key.size() > chunk_left_) {
    chunk_left_ = std::max(kChunk, key.size());
    chunks_.push_back(std::make_unique<char[]>(chunk_left_));
    chunk_at_ = chunks_.back().get();
  }
  char* const copy = chunk_at_;
  if (!key.empty()) std::memcpy(copy, key.data(), key.size());
  chunk_at_ += key.size();
  chunk_left_ -= key.size();
  return {copy, key.size()};
}

void GroupTable::grow() {
  slots_.assign(slots_.size() * 2, Slot{0, kNone});
  mask_ = slots_.size() - 1;
  for (std::uint32_t group = 0; group < keys_.size(); ++group) {
    const std::uint64_t hash = hash_of(keys_[group]);
    std::size_t at = hash & mask_;
    while (slots_[at].group != kNone) at = (at + 1) & mask_;
    slots_[at] = {static_cast<std::uint32_t>(hash >> 32), group};
  }
}

std::string_view GroupKeyReader::text() {
  const char* const short_text = rest_.data();
  const std::uint64_t head = word();
  if (head < GroupKey::kLong) return {short_text, head >> 56};
  const std::string_view long_text = rest_.substr(0, head & ~GroupKey::kLong);
  rest_.remove_prefix(long_text.size());
  return long_text;
}

std::uint64_t GroupKeyReader::word() {
  const std::uint64_t word = digits::load8(rest_.data());
  rest_.remove_prefix(sizeof word);
  return word;
}

}  // namespace sp
