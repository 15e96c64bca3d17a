#include "sp-validate/rejects.h"

namespace sp {
namespace {

// What stands before rejected rows, so that they are read as the input was: its header and what a
// dialect puts around it; where it was not UTF-8 a byte-order mark, which says that this is.
std::string head_of(const RecordReader& reader) {
  std::string out = (reader.encoding().empty() ? "" : "\xef\xbb\xbf") + reader.header_text();
  const char end = reader.line_terminator();
  if (!reader.header_text().empty() && !out.ends_with(end)) out += end;
  return out;
}

bool are_kept_apart(const ValidateOptions& options) { return options.rejects.ends_with('/'); }

}  // namespace

Rejects::Rejects(const ValidateOptions& options)
    : options_(options),
      folder_(are_kept_apart(options) ? options.rejects : ""),
      path_(options.rejects),
      violations_(!options.errors.empty() || has_own() ? &errors_ : nullptr) {}

void Rejects::open() {
  if (!path_.empty() && !has_own()) rows_sink_ = open_sink(path_);
  if (!options_.errors.empty()) errors_sink_ = open_sink(options_.errors);
}

void Rejects::begin(const std::string& file, const RecordReader& reader) {
  violations_.set_file(file);
  if (has_own()) path_ = rejects_path(folder_, file);
  if (has_own() || !has_begun_) head_ = head_of(reader);
  has_begun_ = true;
  row_end_ = reader.line_terminator();
}

void Rejects::add(const Record& record) {
  held_bytes_ += record.raw().size();
  if (path_.empty()) return;
  rows_ += head_;
  head_.clear();
  rows_ += record.raw();
  if (!rows_.ends_with(row_end_)) rows_ += row_end_;
}

void Rejects::release() {
  if (errors_sink_) errors_sink_->append(errors_);
  if (has_own()) write(own_errors_sink_, path_ + ".errors.ndjson", errors_);
  if (!path_.empty()) write(rows_sink_, path_, rows_);
  drop();
}

void Rejects::drop() {
  errors_.clear();
  rows_.clear();
  held_bytes_ = 0;
}

void Rejects::write(std::unique_ptr<ByteSink>& sink, const std::string& path,
                    const std::string& text) {
  if (text.empty()) return;
  if (!sink) sink = open_sink(path);
  sink->append(text);
}

void Rejects::end() {
  release();
  if (!has_own()) return;
  for (auto* const sink : {&rows_sink_, &own_errors_sink_}) {
    if (*sink) (*sink)->close();
    sink->reset();
  }
}

void Rejects::close() {
  if (!has_own()) rows_ += head_;
  release();
  for (auto* const sink : {&rows_sink_, &errors_sink_}) {
    if (*sink) (*sink)->close();
  }
}

}  // namespace sp
