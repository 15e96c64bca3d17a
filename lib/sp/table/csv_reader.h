// CSV and TSV by RFC 4180, and the other ways to write CSV that a Dialect describes: quoted cells,
// doubled quotes, line ends in quotes, LF and CRLF, a UTF-8 byte-order mark, a last row with or
// without a line end; any single-byte delimiter.
//
// One buffer holds whole rows and the beginning of the next. A plain row is handed out as the
// offsets that CsvIndex noted, a row with quotes is decoded into cells first. Text after a closing
// quote and bytes that are not UTF-8 are defects of their row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sp/table/csv_index.h"
#include "sp/table/record_reader.h"

namespace sp {

class CsvReader final : public RecordReader {
 public:
  // `head` are bytes that were read from `source` already. Reads the header; throws kDataErr where
  // there is none. `scan` is for tests; by default the fastest that the processor can run.
  CsvReader(std::unique_ptr<ByteSource> source, std::string_view head, const ReadOptions& options,
            CsvScan scan = nullptr);
  bool next(Record& record) override;

 private:
  bool next_row(Record& record);
  bool fill();
  void discard_consumed();
  void grow();
  void read_more();
  void index();
  void allocate(std::size_t capacity);
  void check_encoding();
  void decode(Record& record, const std::uint32_t* ends);
  void mark_nulls(Record& record);
  void drop_trailing_empty(Record& record) const;
  std::string_view decode_cell(std::string_view cell);
  std::string_view decode_quoted(std::string_view cell);
  bool is_escaped(std::string_view cell, std::size_t at) const;
  void check_unquoted(std::string_view cell);
  void skip_mark();
  void skip_lines();
  char choose_delimiter(const ReadOptions& options);
  void check_characters(bool is_flag);
  void check_name(const Record& header, std::size_t column) const;
  void read_header();
  void name_columns_without_header();
  bool is_comment(std::uint64_t file_row) const;
  bool is_no_row(const Record& record);
  [[noreturn]] void fail_too_long(bool in_quotes) const;
  [[noreturn]] void fail(const std::string& message) const;

  const Dialect dialect_;
  const bool has_comments_;
  const bool returns_end_lines_;  // a CR is a part of a line end, or a defect
  std::uint64_t max_row_bytes_;
  CsvIndex index_;

  std::unique_ptr<char[]> buffer_;  // capacity_ bytes, and CsvIndex::kPadding more
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;  // first byte not handed out
  std::size_t end_ = 0;    // end of what was read
  bool at_end_ = false;
  bool must_decode_ = false;  // the whole rows in the buffer, each of them

  std::size_t next_row_ = 0;    // of those in the index
  std::size_t next_cell_ = 0;   // the first of that row
  std::uint64_t file_row_ = 1;  // of the next row: headers, and comments by number, count
  std::uint64_t row_ = 0;
  std::uint64_t line_ = 1;
  std::vector<std::string_view> cells_, encoded_;
  std::vector<CellKind> kinds_;  // where the dialect has a null sequence
  std::string scratch_;
  std::string defect_;
};

}  // namespace sp
