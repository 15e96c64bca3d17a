// Which rows of an input need not be inserted: those whose primary key the table has, or an earlier
// row of the input.
#pragma once

#include <cstdint>
#include <vector>

#include "sp-load/copy/row_pass.h"
#include "sp-load/db/connection.h"
#include "sp-load/db/table.h"

namespace sp::load {

// A set of rows by their positions: a bit a row, so that memory hardly grows with the input.
class KnownRows {
 public:
  void mark(std::uint64_t position);
  bool contains(std::uint64_t position) const {
    const auto word = static_cast<std::size_t>(position / 64);
    return word < words_.size() && (words_[word] >> (position % 64) & 1) != 0;
  }
  std::uint64_t count() const { return count_; }

 private:
  std::vector<std::uint64_t> words_;
  std::uint64_t count_ = 0;
};

// The keys are sent once more, without the rest of the rows, and the server looks for them. Rows
// that others insert meanwhile, and keys that are equal though they are spelled differently in the
// input, may be missing: who inserts the others must expect a violation still. A transaction is
// open; `from.table` has a primary key, all of whose columns are in the plan.
KnownRows find_known_rows(Connection& connection, const RowSource& from);

}  // namespace sp::load
