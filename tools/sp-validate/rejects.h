// What is wrong with the inputs, for --errors, and their rejected rows, for --rejects.
#pragma once

#include <memory>
#include <string>

#include "sp-validate/options.h"
#include "sp-validate/violation.h"
#include "sp/io/byte_sink.h"
#include "sp/table/record_reader.h"

namespace sp {

// Rejected rows as they came, under the input's header: those of all inputs in one file, or, where
// --rejects names a folder, those of each in a file of its own, and what is wrong with them in
// another beside it. Files of its own are made when there is something for them.
//
// Everything is held back until it is released.
class Rejects {
 public:
  // `options` must outlive it.
  explicit Rejects(const ValidateOptions& options);
  // Makes the files that are not of an input's own. Throws Error(kIoErr), as all that writes.
  void open();
  ViolationLog& violations() { return violations_; }
  // Rows of that input follow.
  void begin(const std::string& file, const RecordReader& reader);
  void add(const Record& record);
  // Of the rows that are held back, as they came.
  std::size_t held_bytes() const { return held_bytes_; }
  void release();
  // Forgets what was held back.
  void drop();
  // The input ends: releases all, and ends its own files.
  void end();
  // The run ends.
  void close();

 private:
  bool has_own() const { return !folder_.empty(); }
  void write(std::unique_ptr<ByteSink>& sink, const std::string& path, const std::string& text);

  const ValidateOptions& options_;
  std::string folder_;
  std::string path_;                                   // of rejected rows; "": they are not kept
  std::unique_ptr<ByteSink> rows_sink_, errors_sink_;  // null: not yet, or not asked for
  std::unique_ptr<ByteSink> own_errors_sink_;
  bool has_begun_ = false;
  std::string head_;  // what is to stand before the next row
  char row_end_ = '\n';
  std::string rows_, errors_;  // held
  std::size_t held_bytes_ = 0;
  ViolationLog violations_;  // into errors_
};

}  // namespace sp
