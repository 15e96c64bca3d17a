// Where rows go: valid ones to standard output, rejected ones to the file that keeps them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sp-validate/row_checker.h"
#include "sp/io/byte_sink.h"
#include "sp/stream/stream_options.h"
#include "sp/table/record_reader.h"
#include "sp/table/record_writer.h"

namespace sp {

// Valid rows: byte for byte where the output is written as the input is, else converted. The first
// row of NDJSON tells the next reader its columns: it gets the members that it lacks, as null.
class ValidRows {
 public:
  // `options` and `checker` must outlive it.
  ValidRows(const StreamOptions& options, const RowChecker& checker);
  // Rows of that reader follow. The first one's header is written and flushed.
  void begin(RecordReader& reader);
  void write(const Record& record) {
    if (writer_) {
      convert(record);
    } else if (is_first_object_) {
      write_first(record);
    } else {
      run_.pass(record);
    }
  }
  // A wrong header is the cause of what the next tool complains of, whoever ends first.
  void outlive_reader() { sink_->outlive_reader(); }
  // All that was written is out, but standard output is still open.
  void flush();
  void close() { sink_->close(); }

 private:
  void convert(const Record& record);
  void write_first(const Record& record);
  const StreamOptions& options_;
  const RowChecker& checker_;
  std::unique_ptr<ByteSink> sink_;
  RowRun run_;
  std::unique_ptr<RecordWriter> writer_;  // null: rows are passed through
  std::vector<Cell> cells_;
  bool begun_ = false;
  bool is_first_object_ = false;  // the next row is the first of NDJSON that is passed through
  Columns columns_;               // of the input at hand, as long as that is so
};

// What stands before rejected rows, so that they are read as the input was: its header and what a
// dialect puts around it; where it was not UTF-8 a byte-order mark, which says that this is.
std::string head_of_rejects(const RecordReader& reader);

// Rejected rows as they came, under the input's header. Does nothing for the path "".
class RejectedRows {
 public:
  explicit RejectedRows(const std::string& path);
  void begin(const RecordReader& reader);
  void write(const Record& record);
  void close();

 private:
  std::unique_ptr<ByteSink> sink_;
  bool begun_ = false;
  char end_ = '\n';
};

}  // namespace sp
