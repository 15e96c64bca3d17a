#include "sp-validate/key_set.h"

#include <cstring>

#include "sp/base/key_hash.h"

namespace sp {
namespace {

constexpr std::size_t kBlock = std::size_t{64} << 10;
constexpr std::size_t kHead = sizeof(std::uint32_t) + 2 * sizeof(std::uint64_t);

template <class T>
T load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

std::string_view key_of(const char* entry) {
  return {entry + kHead, load<std::uint64_t>(entry + 12)};
}

}  // namespace

KeySet::KeySet() : seed_(key_seed()), slots_(1024) {}

// The slot that holds the key, or the free one where it belongs.
std::size_t KeySet::position(std::uint64_t hash, std::string_view key) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (!slot.entry || (slot.hash == hash && key_of(slot.entry) == key)) return i;
  }
}

std::optional<KeyOrigin> KeySet::find(std::string_view key) const {
  const char* const entry = slots_[position(key_hash(key, seed_), key)].entry;
  if (!entry) return std::nullopt;
  return KeyOrigin{load<std::uint32_t>(entry), load<std::uint64_t>(entry + 4)};
}

void KeySet::insert(std::string_view key, KeyOrigin origin) {
  if ((size_ + 1) * 3 > slots_.size() * 2) grow();
  const std::uint64_t hash = key_hash(key, seed_);
  char* const entry = allocate(kHead + key.size());
  const std::uint64_t length = key.size();
  std::memcpy(entry, &origin.file, 4);
  std::memcpy(entry + 4, &origin.row, 8);
  std::memcpy(entry + 12, &length, 8);
  if (!key.empty()) std::memcpy(entry + kHead, key.data(), key.size());
  slots_[position(hash, key)] = {hash, entry};
  ++size_;
}

std::size_t KeySet::probes() const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t sum = 0;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].entry) sum += ((i - slots_[i].hash) & mask) + 1;
  }
  return sum;
}

void KeySet::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (!slot.entry) continue;
    std::size_t i = slot.hash & mask;
    while (slots_[i].entry) i = (i + 1) & mask;
    slots_[i] = slot;
  }
}

char* KeySet::allocate(std::size_t bytes) {
  if (bytes > free_bytes_) {
    free_bytes_ = bytes > kBlock ? bytes : kBlock;
    blocks_.emplace_back(new char[free_bytes_]);
    free_ = blocks_.back().get();
  }
  char* const result = free_;
  free_ += bytes;
  free_bytes_ -= bytes;
  return result;
}

}  // namespace sp
