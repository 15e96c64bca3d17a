// Groups: a number 0, 1, 2… for each distinct key, in the order of first appearance.
//
// A hash table with open addressing; looking a key up allocates nothing. Keys are copied when they
// are new and stay where they are. Memory grows with the distinct keys only. The hash is that
// of sp/base/key_hash.h.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sp/base/digits.h"
#include "sp/base/key_hash.h"

namespace sp {

class GroupTable {
 public:
  GroupTable();
  // The number of `key`, which is added where it is new (then it equals size() - 1 afterwards).
  std::uint32_t find_or_add(std::string_view key) {
    const std::uint64_t hash = key_hash(key, seed_);
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.group == kNone) return add(key, at, tag);
      if (slot.tag == tag && is_equal(keys_[slot.group], key)) return slot.group;
    }
  }
  // Valid as long as the table.
  std::string_view key(std::uint32_t group) const { return keys_[group]; }
  std::size_t size() const { return keys_.size(); }

 private:
  struct Slot {
    std::uint32_t tag;  // upper half of the hash
    std::uint32_t group;
  };
  static constexpr std::uint32_t kNone = UINT32_MAX;

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

  std::uint64_t seed_;
  std::size_t mask_;
  std::vector<Slot> slots_;
  std::vector<std::string_view> keys_;
  std::vector<std::unique_ptr<char[]>> chunks_;  // where the keys' bytes lie
  std::size_t chunk_left_ = 0;
  char* chunk_at_ = nullptr;
};

// The cells of a row that name its group, as one key: no two different lists give the same bytes.
// One is reused for all rows.
//
// A text shorter than eight bytes is one word: its bytes, zeros, its size. A longer one follows a
// word of its size whose last byte no short one has.
class GroupKey {
 public:
  void clear() { size_ = 0; }
  // `cell` is one of a record, as eight bytes of it are read at once.
  void add_text(std::string_view cell) {
    const std::uint64_t size = cell.size();
    if (size >= 8) {
      add_word(kLong | size);
      std::memcpy(extend(cell.size()), cell.data(), cell.size());
    } else if (size > 0) {
      add_word((digits::load8(cell.data()) & ~(~std::uint64_t{0} << 8 * size)) | size << 56);
    } else {
      add_word(0);
    }
  }
  void add_number(std::int64_t number) { add_word(static_cast<std::uint64_t>(number)); }
  std::string_view bytes() const { return {bytes_.data(), size_}; }

 private:
  friend class GroupKeyReader;
  static constexpr std::uint64_t kLong = std::uint64_t{0xff} << 56;

  void add_word(std::uint64_t word) { digits::store8(extend(8), word); }
  char* extend(std::size_t n) {
    const std::size_t begin = size_;
    size_ += n;
    if (size_ > bytes_.size()) bytes_.resize(2 * size_);
    return bytes_.data() + begin;
  }

  std::string bytes_;
  std::size_t size_ = 0;  // of what is used of `bytes_`
};

// Takes a key apart again, in the order in which it was put together.
class GroupKeyReader {
 public:
  explicit GroupKeyReader(std::string_view bytes) : rest_(bytes) {}
  std::string_view text();
  std::int64_t number() { return static_cast<std::int64_t>(word()); }

 private:
  std::uint64_t word();

  std::string_view rest_;
};

}  // namespace sp
