#include "file_rejects.h"

#include "options.h"

namespace sp {
namespace {

void append_line(std::string& out, std::string_view line) {
  out += line;
  if (!line.ends_with('\n')) out += '\n';
}

}  // namespace

FileRejects::FileRejects(const std::string& file, const std::string& folder, ByteSink* all_errors)
    : path_(folder.empty() ? "" : rejects_path(folder, file)),
      all_errors_(all_errors),
      violations_(is_asked_for() ? string_sink(errors_) : nullptr) {
  violations_.set_file(file);
}

void FileRejects::reject(const RecordReader& reader, const Record& record) {
  if (path_.empty()) return;
  if (!has_header_ && !reader.header_text().empty()) append_line(rows_, reader.header_text());
  has_header_ = true;
  append_line(rows_, record.raw());
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
