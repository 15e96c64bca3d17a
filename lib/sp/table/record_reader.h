// The one interface behind which CSV, TSV and NDJSON are read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "sp/base/diagnostic.h"
#include "sp/io/byte_source.h"
#include "sp/table/columns.h"
#include "sp/table/dialect.h"
#include "sp/table/record.h"

namespace sp {

enum class Format { kAuto, kCsv, kTsv, kNdjson };

struct ReadOptions {
  Format from = Format::kAuto;
  // What kAuto takes an input for that ends before its first byte. A stage's CSV has a header
  // always; its NDJSON has none.
  Format of_nothing = Format::kCsv;
  char delimiter = '\0';  // '\0': the dialect's, else ',' for CSV, a tab for TSV
  // Where nothing names a delimiter, take that of , ; tab | which the header line has.
  bool guess_delimiter = false;
  Dialect dialect;  // of CSV and TSV
  // Of NDJSON: names of members that any object may have, also where the first one lacks them;
  // where it has none of them, they do not count. Others are a defect of their row, or are left out
  // of all but those that the first object has too.
  std::vector<std::string> members;
  bool takes_other_members = false;
  // Of NDJSON: a blank line is no row; else it is a defect.
  bool skips_blank_lines = false;
  // As iconv names it; empty: UTF-8, or UTF-16 by its byte-order mark. UTF-8's mark overrules it.
  std::string encoding;
  // The number of the first row. Where the input is a piece of a file, of the file's rows; its
  // lines are then counted as if each row before it had one.
  std::uint64_t first_row = 1;
  // A longer row is refused with kDataErr. Bytes.
  std::uint64_t max_row_bytes = std::uint64_t{64} << 20;
  // The buffer's first size; it grows where a row needs it.
  std::size_t buffer_bytes = std::size_t{256} * 1024;
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  // The header's names (CSV), or the keys of the first object (NDJSON). Valid as long as the
  // reader.
  const Columns& columns() const { return columns_; }
  // Nothing tells the columns: there is no row, and the format has no header.
  bool has_nothing() const { return has_nothing_; }
  // Advances to the next row; false at the end. Views of the row before become invalid.
  // Throws Error: kDataErr for input that cannot be read on (a quote never closed, a row above the
  // limit, not JSON), kIoErr where reading fails.
  virtual bool next(Record& record) = 0;
  // The format that was found (never kAuto) and the delimiter in use ('\0' for NDJSON).
  Format format() const { return format_; }
  char delimiter() const { return delimiter_; }
  // All that stands before the first row, as it stands there, with its line ends (the header, and
  // what a dialect puts around it, comments below it that are known by their numbers among them);
  // without a byte-order mark. Empty for NDJSON.
  const std::string& header_text() const { return header_text_; }
  // What ends a row; a line feed unless a dialect says otherwise.
  char line_terminator() const { return line_terminator_; }
  // What a reader takes the text for that is not told by UTF-8's mark that it is UTF-8, as iconv
  // names it; empty where it takes it for UTF-8.
  const std::string& encoding() const { return encoding_; }
  const std::string& name() const { return source_->name(); }
  const ByteSource& source() const { return *source_; }
  // Called before the bytes of earlier rows are overwritten or moved, and once more at the end: a
  // writer that keeps a run of rows (RecordWriter::pass) writes it out there.
  void on_refill(std::function<void()> hook) { refill_hook_ = std::move(hook); }
  // Where `record` is, for messages.
  Location locate(const Record& record, std::string_view field = {}) const {
    return {name(), record.row(), record.line(), std::string(field)};
  }

 protected:
  RecordReader(std::unique_ptr<ByteSource> source, std::string encoding)
      : source_(std::move(source)), encoding_(std::move(encoding)) {}
  void before_refill() const {
    if (refill_hook_) refill_hook_();
  }
  std::unique_ptr<ByteSource> source_;
  std::string encoding_;
  Columns columns_;
  bool has_nothing_ = false;
  std::string header_text_;
  Format format_ = Format::kCsv;
  char delimiter_ = ',';
  char line_terminator_ = '\n';

 private:
  std::function<void()> refill_hook_;
};

// What is wrong with a row of which `bytes` are there, and which memory cannot hold.
std::string no_memory_for_row(std::size_t bytes);

// Throws Error(kDataErr) where the row has a defect, is blank, or has more or fewer cells than the
// header: for the tools that take only sound rows (all but sp-validate).
void check_soundness(const RecordReader& reader, const Record& record);
inline void require_sound(const RecordReader& reader, const Record& record) {
  // Only a row of one cell can be blank.
  const bool is_usual = record.size() > 1 && record.size() == reader.columns().size();
  if (!is_usual || !record.defect().empty()) check_soundness(reader, record);
}

}  // namespace sp
