// The one interface behind which CSV, TSV and NDJSON are written.
#pragma once

#include <memory>
#include <span>

#include "sp/io/byte_sink.h"
#include "sp/table/columns.h"
#include "sp/table/record.h"
#include "sp/table/record_reader.h"

namespace sp {

struct WriteOptions {
  Format to = Format::kCsv;  // never kAuto
  char delimiter = '\0';     // '\0': ',' for CSV, a tab for TSV
};

// Writes into `sink`, which must outlive the writer.
class RecordWriter {
 public:
  virtual ~RecordWriter() = default;
  // Must come first, once. CSV writes and flushes the header line; NDJSON keeps the names.
  virtual void header(const Columns& columns) = 0;
  // One row; as many cells as the header has names.
  // CSV quotes a cell that needs it. NDJSON writes kText and kNumber without quotes where the text
  // is a JSON number, and as a string otherwise; kString always as a string; kNull as null.
  virtual void write(std::span<const Cell> cells) = 0;

 protected:
  explicit RecordWriter(ByteSink& sink) : sink_(sink) {}
  ByteSink& sink_;
};

// Passes rows through to a sink byte for byte, in runs: rows that follow one another in the
// reader's buffer are written with one copy. A last row without a line end gets one. Register
// flush() with RecordReader::on_refill; the caller writes the header.
class RowRun {
 public:
  explicit RowRun(ByteSink& sink) : sink_(sink) {}
  void pass(const Record& record) {
    const std::string_view raw = record.raw();
    if (begin_ + size_ != raw.data()) {
      flush();
      begin_ = raw.data();
    }
    size_ += raw.size();
  }
  void flush();

 private:
  ByteSink& sink_;
  const char* begin_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sp
