// NDJSON: one flat JSON object a line; the columns are the keys of the first one that has some, and
// those that a schema knows.
//
// Other objects may have the keys in any order and may lack some (kNull, an empty text). A line
// that is no such object, or holds an unknown key, a key twice or a nested value, is a row with a
// defect. Strings are decoded, numbers keep their text. White space at the end of the input is no
// row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "sp/table/ndjson_row.h"
#include "sp/table/record_reader.h"

namespace sp {

class NdjsonReader final : public RecordReader {
 public:
  // `head` are bytes that were read from `source` already. Throws kDataErr where the first line
  // that is not blank is not an object: nothing would say what the columns are.
  NdjsonReader(std::unique_ptr<ByteSource> source, std::string_view head,
               const ReadOptions& options);
  bool next(Record& record) override;

 private:
  bool find_line();
  bool only_blanks_left();
  bool fill();
  void allocate(std::size_t capacity);
  void read_columns();
  std::string_view line_with_members();
  bool hand_out(Record& record);
  bool end() const;
  [[noreturn]] void fail_too_long() const;
  [[noreturn]] void fail(const std::string& message) const;

  std::uint64_t max_row_bytes_;
  bool skips_blank_lines_;
  std::unique_ptr<char[]> buffer_;  // capacity_ bytes, a line feed, and what the parser may read
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;        // of the current line: what stands before is not needed any more
  std::size_t line_end_ = 0;     // its line feed, or end_
  std::size_t next_ = 0;         // begin of the line after it
  std::size_t scanned_ = 0;      // there is no line feed between begin_ and here
  std::size_t blank_until_ = 0;  // there is only white space between begin_ and here
  std::size_t end_ = 0;          // end of what was read
  bool at_end_ = false;

  NdjsonRow parts_;
  std::uint64_t row_ = 0, line_ = 0;
};

}  // namespace sp
