#include "sp-validate/file_rejects.h"

#include "sp-validate/options.h"
#include "sp-validate/outputs.h"

namespace sp {

FileRejects::FileRejects(const std::string& file, const std::string& folder, ByteSink* all_errors)
    : path_(folder.empty() ? "" : rejects_path(folder, file)),
      all_errors_(all_errors),
      violations_(is_asked_for() ? string_sink(errors_) : nullptr) {
  violations_.set_file(file);
}

void FileRejects::reject(const RecordReader& reader, const Record& record) {
  if (path_.empty()) return;
  if (!has_header_) rows_ += head_of_rejects(reader);
  has_header_ = true;
  rows_ += record.raw();
  if (const char end = reader.line_terminator(); !rows_.ends_with(end)) rows_ += end;
}

void FileRejects::release() {
  violations_.flush();
  if (all_errors_) all_errors_->append(errors_);
  if (!path_.empty()) {
    write_own(own_rows_, path_, rows_);
    write_own(own_errors_, path_ + ".errors.ndjson", errors_);
  }
  errors_.clear();
  rows_.clear();
}

void FileRejects::write_own(std::unique_ptr<ByteSink>& sink, const std::string& path,
                            const std::string& text) {
  if (text.empty()) return;
  if (!sink) sink = open_sink(path);
  sink->append(text);
}

void FileRejects::close() {
  release();
  if (own_rows_) own_rows_->close();
  if (own_errors_) own_errors_->close();
}

}  // namespace sp
