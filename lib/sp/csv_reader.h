// CSV and TSV by RFC 4180: quoted cells, doubled quotes, line ends in quotes, LF and CRLF, a UTF-8
// byte-order mark, a last row with or without a line end; any single-byte delimiter.
//
// One buffer holds whole rows and the beginning of the next. A scan notes the offset of every
// cell's end; a plain row is handed out as those offsets, a row with quotes is decoded into cells
// first. A quote opens a quoted cell only as its first byte; elsewhere in an unquoted cell it is
// itself. Text behind a closing quote is a defect of the row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sp/csv_scan.h"
#include "sp/record_reader.h"

namespace sp {

class CsvReader final : public RecordReader {
 public:
  // `head` are bytes that were read from `source` already. Reads the header; throws kDataErr where
  // there is none. `scan` is for tests; by default the fastest that the processor can run.
  CsvReader(std::unique_ptr<ByteSource> source, std::string_view head, const ReadOptions& options,
            CsvScan scan = nullptr);
  bool next(Record& record) override;

 private:
  struct QuoteState {
    bool in_quotes = false;
    std::uint32_t cell_begin = 0;  // offset of the cell's first byte
    std::uint32_t closed_at = 0;   // offset behind the last closing quote, 0 for none in this cell
    bool row_has_quotes = false;
  };

  bool fill();
  void discard_consumed();
  void grow();
  void read_more();
  void index();
  void index_block(const ScanMasks& masks, std::uint32_t offset);
  void index_quoted_block(const ScanMasks& masks, std::uint32_t offset);
  void end_cell(std::uint32_t offset, bool row_ends);
  void end_last_row();
  void allocate(std::size_t capacity);
  void decode(Record& record, const std::uint32_t* ends);
  std::string_view decode_cell(std::string_view cell);
  void read_header();
  [[noreturn]] void fail_too_long() const;
  [[noreturn]] void fail(const std::string& message) const;

  CsvScan scan_;
  std::uint64_t max_row_bytes_;

  std::unique_ptr<char[]> buffer_;  // capacity_ bytes and kPadding more, which a scan may read
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;  // first byte not handed out
  std::size_t end_ = 0;    // end of what was read
  std::size_t scanned_ = 0;
  bool at_end_ = false;

  // Of the bytes from offset 0: where cells end, and for each row the number of cell ends up to and
  // with its last, shifted left by one; the lowest bit tells that the row has quotes.
  std::unique_ptr<std::uint32_t[]> ends_;
  std::unique_ptr<std::uint32_t[]> rows_;
  std::size_t end_count_ = 0;
  std::size_t row_count_ = 0;
  std::size_t next_row_ = 0;
  std::size_t next_end_ = 0;
  QuoteState quote_;

  std::uint64_t row_ = 0;
  std::uint64_t line_ = 1;
  std::vector<std::string_view> cells_, encoded_;
  std::string scratch_;
  bool defect_ = false;
};

}  // namespace sp
