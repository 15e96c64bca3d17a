// The table of keys that strangers choose: a number 0, 1, 2… for each distinct one, in the order of
// first appearance.
//
// A hash table with open addressing; looking a key up allocates nothing. Keys are copied when they
// are new and stay where they are. Memory grows with the distinct keys only: 16 to 32 bytes of
// table and 16 to 32 of views for each, beside its own. The hash is that of sp/base/key_hash.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "sp/base/digits.h"
#include "sp/base/key_hash.h"

namespace sp {

class KeyTable {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  KeyTable();
  // The number of `key`, or kNone.
  std::uint32_t find(std::string_view key) const {
    return slots_[place(key, key_hash(key, seed_))].number;
  }
  // The number of `key`, which is added where it is new (then it equals size() - 1 afterwards).
  // Throws Error(kDataErr) for the 2^32nd.
  std::uint32_t find_or_add(std::string_view key) {
    const std::uint64_t hash = key_hash(key, seed_);
    const std::size_t at = place(key, hash);
    const std::uint32_t number = slots_[at].number;
    return number == kNone ? add(key, at, tag_of(hash)) : number;
  }
  // Valid as long as the table is, and is not cleared.
  std::string_view key(std::uint32_t number) const { return keys_[number]; }
  std::size_t size() const { return keys_.size(); }
  void clear();
  // Slots to look at to find each key once.
  std::size_t probes() const;

 private:
  struct Slot {
    std::uint32_t tag;
    std::uint32_t number;
  };
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
  // The slot that holds the key, or the free one where it belongs.
  std::size_t place(std::string_view key, std::uint64_t hash) const {
    for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.number == kNone) return at;
      if (slot.tag == tag_of(hash) && is_equal(keys_[slot.number], key)) return at;
    }
  }
  // Keys are short, so that a call of memcmp would cost more than the comparison.
  static bool is_equal(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    if (a.size() < 8 || a.size() > 16) return a == b;
    const std::size_t last = a.size() - 8;
    return digits::load8(a.data()) == digits::load8(b.data()) &&
           digits::load8(a.data() + last) == digits::load8(b.data() + last);
  }
  std::uint32_t add(std::string_view key, std::size_t at, std::uint32_t tag);
  std::string_view keep(std::string_view key);
  void grow();

  std::uint64_t seed_ = key_seed();
  std::size_t mask_;
  std::vector<Slot> slots_;  // a power of two
  std::vector<std::string_view> keys_;
  std::vector<std::unique_ptr<char[]>> chunks_;  // where the keys' bytes lie
  std::size_t chunk_left_ = 0;
  char* chunk_at_ = nullptr;
};

}  // namespace sp
