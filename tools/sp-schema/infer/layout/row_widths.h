// How many rows of a file are as wide as its header, and how the others are.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "sp-schema/infer/layout/dialect.h"
#include "sp-schema/infer/remarks.h"
#include "sp/table/record_reader.h"

namespace sp {

class RowWidths {
 public:
  // The row of units of `shape` may stand again below it.
  explicit RowWidths(const FileShape& shape) : shape_(shape) {}
  // Whether the row is data: as wide as the header, without a defect, and not the header again.
  bool see(const RecordReader& reader, const Record& record);
  // Throws Error(kDataErr) where most rows are not: what was taken for the header is none.
  void check(const RecordReader& reader) const;
  // Of rows that no schema lets pass, and of headers that stand again: `has_types`, whether a
  // column is of another type than string.
  void tell(const RecordReader& reader, bool has_types, Remarks& remarks) const;

 private:
  struct Width {
    std::uint64_t rows = 0, first_line = 0;
  };
  bool is_header(const RecordReader& reader, const Record& record) const;
  const FileShape& shape_;
  std::uint64_t rows_ = 0, sound_ = 0, unsound_ = 0;
  std::string first_fault_;  // of those that are not sound, with its line
  bool has_defects_ = false;
  std::map<std::size_t, Width> widths_;
  Width headers_;
};

}  // namespace sp
