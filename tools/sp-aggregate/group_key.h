// The cells of a row that name its group, as one key: no two different lists give the same bytes.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "sp/base/digits.h"

namespace sp {

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
