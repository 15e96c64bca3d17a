// What is wrong with one file of a batch, and its rejected rows: for the run's file of errors, and
// for two files of its own in the folder of --rejects.
#pragma once

#include <memory>
#include <string>

#include "sp-validate/violation.h"
#include "sp/io/byte_sink.h"
#include "sp/table/record_reader.h"

namespace sp {

// Everything is held back until it is released: dropped where that never happens. Its own files are
// made when there is something for them.
class FileRejects {
 public:
  // `folder` is "" and `all_errors` null where they were not asked for; `all_errors` must outlive
  // it.
  FileRejects(const std::string& file, const std::string& folder, ByteSink* all_errors);
  ViolationLog& violations() { return violations_; }
  void reject(const RecordReader& reader, const Record& record);
  void release();
  // Releases all and ends its own files. Throws Error(kIoErr).
  void close();

 private:
  bool is_asked_for() const { return all_errors_ || !path_.empty(); }
  void write_own(std::unique_ptr<ByteSink>& sink, const std::string& path, const std::string& text);
  std::string path_;
  ByteSink* all_errors_;
  std::string errors_, rows_;  // held
  bool has_header_ = false;
  std::unique_ptr<ByteSink> own_errors_, own_rows_;
  ViolationLog violations_;  // into errors_
};

}  // namespace sp
