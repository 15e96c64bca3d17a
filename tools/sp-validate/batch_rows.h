// The valid rows of a batch: the columns of its first file, whatever the order of the others', and
// after them the name of the file that each row is of.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sp-validate/row_checker.h"
#include "sp/io/byte_sink.h"
#include "sp/schema/schema.h"
#include "sp/stream/stream_options.h"
#include "sp/table/columns.h"
#include "sp/table/record_reader.h"
#include "sp/table/record_writer.h"

namespace sp {

// Rows of a file are held back until they are released, so that it can still be refused.
class BatchRows {
 public:
  // `options` must outlive it. `file_column` is the name of the last column.
  BatchRows(const StreamOptions& options, std::string file_column);
  // Whether that file has the columns of the first; true for the first.
  bool fits(const Columns& columns) const;
  // Rows of that reader follow, checked by `checker`; both must outlive them. It fits. The first
  // one's header is written and flushed. Throws Error(kDataErr) where it has the last column's
  // name.
  void begin(const RecordReader& reader, const RowChecker& checker, const std::string& file);
  void write(const Record& record);
  void release();
  void drop();
  // All is out, but standard output is still open. Where there was no file to begin with, the
  // header is made of the schema's fields, so that the next tool finds its columns.
  void flush(const Schema& schema);
  void close() { out_->close(); }

 private:
  void write_header(Columns columns, const WriteOptions& write);
  const StreamOptions& options_;
  const std::string file_column_;
  std::unique_ptr<ByteSink> out_;
  std::string held_;
  std::unique_ptr<ByteSink> sink_;  // into held_
  std::optional<Columns> columns_;  // without the last
  WriteOptions write_;
  std::unique_ptr<RecordWriter> writer_;
  // Of the file at hand.
  const RowChecker* checker_ = nullptr;
  std::vector<std::size_t> from_;  // which of its cells is in each column
  bool is_encoded_ = false;        // its cells are written as the output's are
  std::string file_;
  std::vector<Cell> cells_;
};

}  // namespace sp
