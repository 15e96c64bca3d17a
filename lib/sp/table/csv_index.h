// Where the cells and rows of a stretch of CSV end: the scan's masks, read with the rules of
// quotes.
//
// The bytes stay the caller's; the index holds offsets from their beginning, which must be that of
// a row. A quote opens a quoted cell only as the cell's first byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "sp/table/csv_ends.h"
#include "sp/table/csv_scan.h"
#include "sp/table/dialect.h"

namespace sp {

class CsvIndex {
 public:
  // A scan may read up to this many bytes after the end that it is told.
  static constexpr std::size_t kPadding = 16 * kScanBlock;

  CsvIndex() = default;  // to be assigned to
  CsvIndex(const Dialect& dialect, char delimiter, CsvScan scan);

  // Makes room for the cells of `bytes` bytes; what is noted stays, but only while there is no row.
  void reserve(std::size_t bytes);
  // Forgets everything: the bytes are others.
  void clear();
  // Scans the bytes up to `end` that no scan has seen since clear().
  void extend(const char* bytes, std::size_t end);
  // The input ends at `end`: a last row without a line end ends there too. False where that row is
  // inside a quoted cell.
  bool finish(std::size_t end);

  std::size_t row_count() const { return row_count_; }
  // Number of cells in all rows up to and with row i.
  std::size_t cells_through(std::size_t row) const { return rows_[row] >> 1; }
  // Row i has quotes, wherever they stand, or escapes, so that its cells must be decoded.
  bool is_encoded(std::size_t row) const { return (rows_[row] & 1) != 0; }
  // Offset of the delimiter or line end after each cell.
  std::uint32_t* ends() { return ends_.get(); }
  // All bytes since clear() are known to be ASCII.
  bool is_ascii() const { return is_ascii_; }
  bool in_quotes() const { return in_quotes_; }

 private:
  void index_blocks(ScanMasks* masks, std::size_t blocks, std::uint32_t offset);
  std::size_t index_plain_blocks(const ScanMasks* masks, std::size_t blocks, std::uint32_t offset);
  void index_quoted_block(const ScanMasks& masks, std::uint32_t offset);
  void index_bytewise(const char* bytes, std::size_t end);
  void quote_at(std::uint32_t offset);
  void end_cell(std::uint32_t offset, bool row_ends);

  Dialect dialect_;
  char delimiter_ = ',';
  CsvScan scan_ = nullptr;
  CsvNoteEnds note_ends_ = nullptr;
  std::size_t scanned_ = 0;
  bool is_ascii_ = true;
  std::unique_ptr<std::uint32_t[]> ends_;
  std::unique_ptr<std::uint32_t[]> rows_;  // cells_through << 1 | is_encoded
  std::size_t end_count_ = 0;
  std::size_t row_count_ = 0;

  bool in_quotes_ = false;
  bool escaped_ = false;  // the byte before was the escape
  bool row_is_encoded_ = false;
  std::uint32_t cell_begin_ = 0;  // offset of the cell's first byte
  std::uint32_t closed_at_ = 0;   // offset after the last closing quote, 0 for none in this cell
};

}  // namespace sp
