// Where valid rows go: to standard output, in the columns of the first input.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "sp-validate/row_checker.h"
#include "sp/io/byte_sink.h"
#include "sp/stream/stream_options.h"
#include "sp/table/columns.h"
#include "sp/table/record_reader.h"
#include "sp/table/record_writer.h"

namespace sp {

// Byte for byte where the output is written as the input is, else converted. The first row of
// NDJSON tells the next reader its columns: it gets the members that it lacks, as null.
//
// With a column for the file's name, inputs may have the first one's columns in any order and in
// any format, and their rows are held back until they are released, so that an input can still be
// refused.
class ValidRows {
 public:
  // `options` and `checker` must outlive it. `file_column` is the name of the last column; "":
  // none.
  ValidRows(const StreamOptions& options, const RowChecker& checker, std::string file_column);
  // Why rows of that reader cannot follow; "" where they can. The first one's can.
  std::string misfit(const RecordReader& reader) const;
  // Rows of that input follow; its reader fits and must outlive them. The first one's header is
  // written and flushed. Throws Error(kDataErr) where it has the last column's name.
  void begin(const std::string& file, RecordReader& reader);
  void write(const Record& record) {
    if (writer_) {
      convert(record);
    } else if (is_first_object_) {
      write_first(record);
    } else {
      run_.pass(record);
    }
  }
  // Of the rows that are held back, as they came.
  std::size_t held_bytes() const { return held_bytes_; }
  void release();
  // Forgets what was held back.
  void drop();
  // A wrong header is the cause of what the next tool complains of, whoever ends first.
  void outlive_reader() { out_->outlive_reader(); }
  // All that was written is out, but standard output is still open. Where there was no input to
  // begin with, the header is made of the schema's fields, so that the next tool finds its columns.
  void flush(const Schema& schema);
  void close() { out_->close(); }

 private:
  bool has_file_column() const { return !file_column_.empty(); }
  void begin_output(const RecordReader& reader);
  void begin_converted();
  void convert(const Record& record);
  void write_first(const Record& record);

  const StreamOptions& options_;
  const RowChecker& checker_;
  const std::string file_column_;
  std::unique_ptr<ByteSink> out_;
  std::string held_;
  std::size_t held_bytes_ = 0;
  std::unique_ptr<ByteSink> hold_;  // into held_; null: rows are not held back
  RowRun run_;
  bool has_begun_ = false;
  bool has_objects_ = false;  // an input was NDJSON without a row, which begins nothing
  // The first input's.
  std::string name_;
  Format format_ = Format::kAuto;
  char delimiter_ = '\0';
  Columns columns_;
  WriteOptions write_;
  bool is_first_object_ = false;  // the next row is the first of NDJSON that is passed through
  std::unique_ptr<RecordWriter> writer_;  // null: rows are passed through
  // Of the input at hand, where rows are converted.
  std::string file_;
  std::vector<std::size_t> from_;  // which of its cells is in each column
  bool is_encoded_ = false;        // its cells are written as the output's are
  std::vector<Cell> cells_;
};

}  // namespace sp
