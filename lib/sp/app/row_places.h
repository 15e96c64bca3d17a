// Where the rows that a tool passes stand in its input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace sp {

// The row `out` of the output is the input's `row`, on `line`, all from 1, and those after it
// follow it there; row 0: nobody knows from here on.
struct RowPlace {
  std::uint64_t out = 0, row = 0, line = 0;
};

// A place for each row that does not follow the one before it; of very many the first.
class RowPlaces {
 public:
  // The next row that passes.
  void pass(std::uint64_t row, std::uint64_t line) {
    ++out_;
    if (row - out_ == row_ahead_ && line - out_ == line_ahead_) return;
    row_ahead_ = row - out_;
    line_ahead_ = line - out_;
    note(row, line);
  }
  std::vector<RowPlace> take() { return std::exchange(places_, {}); }

 private:
  void note(std::uint64_t row, std::uint64_t line);
  std::uint64_t out_ = 0, row_ahead_ = UINT64_MAX, line_ahead_ = UINT64_MAX;
  std::vector<RowPlace> places_;
};

// Of the row `out`; row 0 where the places do not tell.
RowPlace find_place(const std::vector<RowPlace>& places, std::uint64_t out);

}  // namespace sp
