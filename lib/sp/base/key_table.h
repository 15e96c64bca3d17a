// The table of keys that strangers choose: a number 0, 1, 2… for each distinct one, in the order of
// first appearance.
//
// A hash table with open addressing; looking a key up allocates nothing, and touches one slot and
// the key. Keys are copied when they are new and stay where they are. Memory grows with the
// distinct keys only: 11 to 21 bytes of table and 8 of its place for each, and 5 beside its own (9
// where it is longer than 254). The hash is that of sp/base/key_hash.h.
#pragma once

#include <cstdint>
#include <cstring>
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
    const Slot slot = slots_[place(key, hash(key))];
    return slot == kFree ? kNone : entry(slot).number;
  }
  // The number of `key`, which is added where it is new (then it equals size() - 1 afterwards).
  // Throws Error(kDataErr) for the 2^32nd.
  std::uint32_t find_or_add(std::string_view key) { return find_or_add(key, hash(key)); }
  // The same of a key whose hash() is known.
  std::uint32_t find_or_add(std::string_view key, std::uint64_t hash) {
    const std::size_t at = place(key, hash);
    return slots_[at] == kFree ? add(key, at, hash) : entry(slots_[at]).number;
  }
  std::uint64_t hash(std::string_view key) const { return key_hash(key, seed_); }
  // Of a key that will be looked up soon: they ask memory for its slot and, once that has come, for
  // the key that lies there.
  void prefetch_slot(std::uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask_]); }
  void prefetch_key(std::uint64_t hash) const {
    const Slot slot = slots_[hash & mask_];
    if (slot != kFree) __builtin_prefetch(bytes_at(slot));
  }
  // Valid as long as the table is, and is not cleared.
  std::string_view key(std::uint32_t number) const { return entry(places_[number]).key; }
  std::size_t size() const { return places_.size(); }
  void clear();
  // Gives back the memory of the search: from now on there are only key() and size(), and clear().
  void close() { slots_ = {}; }
  // Slots to look at to find each key once.
  std::size_t probes() const;

 private:
  // Bits of the hash, kTagBits, above the place of a key.
  using Slot = std::uint64_t;
  static constexpr int kTagBits = 24;
  static constexpr int kPlaceBits = 64 - kTagBits;
  static constexpr int kOffsetBits = 20;  // of them, within a chunk
  static constexpr Slot kPlaceMask = (Slot{1} << kPlaceBits) - 1;
  static constexpr Slot kFree = ~Slot{0};
  static constexpr unsigned char kLong = UINT8_MAX;  // the size follows

  // As it lies in a chunk: number, size, bytes.
  struct Entry {
    std::uint32_t number;
    std::string_view key;
  };
  const char* bytes_at(Slot slot) const {
    const Slot place = slot & kPlaceMask;
    return chunks_[place >> kOffsetBits].get() + (place & ((Slot{1} << kOffsetBits) - 1));
  }
  Entry entry(Slot slot) const {
    const char* at = bytes_at(slot);
    Entry out;
    std::memcpy(&out.number, at, sizeof out.number);
    at += sizeof out.number;
    std::uint32_t size = static_cast<unsigned char>(*at++);
    if (size == kLong) {
      std::memcpy(&size, at, sizeof size);
      at += sizeof size;
    }
    out.key = {at, size};
    return out;
  }
  static Slot tag_of(std::uint64_t hash) { return hash & ~kPlaceMask; }
  // The slot that holds the key, or the free one where it belongs.
  std::size_t place(std::string_view key, std::uint64_t hash) const {
    for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
      const Slot slot = slots_[at];
      if (slot == kFree) return at;
      if ((slot & ~kPlaceMask) == tag_of(hash) && is_equal(entry(slot).key, key)) return at;
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
  std::uint32_t add(std::string_view key, std::size_t at, std::uint64_t hash);
  Slot keep(std::uint32_t number, std::string_view key);
  void grow();

  std::uint64_t seed_ = key_seed();
  std::size_t mask_;
  std::vector<Slot> slots_;                      // a power of two
  std::vector<Slot> places_;                     // of each key, by number
  std::vector<std::unique_ptr<char[]>> chunks_;  // where the keys' bytes lie
  std::size_t chunk_size_ = 0, chunk_used_ = 0;  // of the last one
};

}  // namespace sp
