// The order in which rows of a binary COPY are sent: a piece at a time they are brought into that
// of the table's primary key, which spares the server some of its work on the key's index.
//
// It is a matter of speed alone, so that only what is cheap to compare counts: the first two
// columns of the key, eight bytes of each. Rows with the same key stay in their order.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "sp-load/copy/copy_buffer.h"

namespace sp::load {

class RowOrder {
 public:
  RowOrder() = default;  // rows stay as they come
  // `key` are the places of the key's columns in a row.
  explicit RowOrder(std::vector<std::size_t> key);

  // A COPY begins, whose rows are to be arranged or stay as they come.
  void restart(bool arranges = true);
  // The row that stands in `buffer` from `begin` to its end.
  void add(const CopyBuffer& buffer, std::size_t begin);
  // Rearranges the rows that were added since the last time. They fill `buffer` from the first
  // one's begin to its end.
  void arrange(CopyBuffer& buffer);
  // Which row, in the order of add() and from 1, was sent as the COPY's `line`th; 0 where that was
  // too long ago to be known: the server is never more than a few pieces behind.
  std::uint64_t row_of_line(std::uint64_t line) const;

 private:
  struct Row {
    std::uint64_t key[2];
    std::uint32_t begin, size;  // in the buffer
    std::uint32_t number;       // in the piece
  };
  // The rows of a piece in the order in which they were sent; empty: as they came.
  struct Piece {
    std::uint64_t first;  // number of its first row, from 0
    std::uint64_t count;
    std::vector<std::uint32_t> order;
  };
  static bool is_before(const Row& a, const Row& b);

  std::vector<std::size_t> key_;
  bool arranges_ = true;
  std::vector<Row> rows_;
  bool in_order_ = true;
  std::uint64_t arranged_ = 0;  // rows of the COPY before this piece
  std::deque<Piece> pieces_;    // the last few
  CopyBuffer sorted_;
};

}  // namespace sp::load
