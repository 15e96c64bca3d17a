// The keys seen so far, for `unique` and `primaryKey`. Memory grows with the number of keys: 16
// bytes to 32 bytes of table and some 12 bytes beside its own for each. The hash is that of
// sp/base/key_hash.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace sp {

// Where a key was seen first.
struct KeyOrigin {
  std::uint32_t file = 0;  // index of the input
  std::uint64_t row = 0;
};

class KeySet {
 public:
  KeySet();
  // Where the key was inserted, or nothing.
  std::optional<KeyOrigin> find(std::string_view key) const;
  // Copies the key, which must not be there yet.
  void insert(std::string_view key, KeyOrigin origin);
  std::size_t size() const { return size_; }
  // Slots to look at to find each key once.
  std::size_t probes() const;

 private:
  struct Slot {
    std::uint64_t hash = 0;
    const char* entry = nullptr;  // KeyOrigin, length, bytes; null: a free slot
  };
  std::size_t position(std::uint64_t hash, std::string_view key) const;
  void grow();
  char* allocate(std::size_t bytes);

  std::uint64_t seed_;
  std::vector<Slot> slots_;  // a power of two
  std::size_t size_ = 0;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;
  std::size_t free_bytes_ = 0;
};

}  // namespace sp
