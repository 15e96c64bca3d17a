#include "sp-aggregate/group.h"

#include <algorithm>
#include <cstring>

#include "sp/base/diagnostic.h"

namespace sp {
namespace {

constexpr std::size_t kFirstSlots = 256;  // a power of two
constexpr std::size_t kChunk = 16 * 1024;
}  // namespace

GroupTable::GroupTable()
    : seed_(key_seed()), mask_(kFirstSlots - 1), slots_(kFirstSlots, Slot{0, kNone}) {}

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
    const std::uint64_t hash = key_hash(keys_[group], seed_);
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
