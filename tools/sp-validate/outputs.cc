#include "sp-validate/outputs.h"

#include "sp/table/formats.h"

namespace sp {
namespace {

void append_line(ByteSink& sink, std::string_view line) {
  sink.append(line);
  if (!line.ends_with('\n')) sink.append('\n');
}

}  // namespace

ValidRows::ValidRows(const StreamOptions& options, const RowChecker& checker)
    : options_(options), checker_(checker), sink_(open_sink("-")), run_(*sink_) {}

void ValidRows::begin(RecordReader& reader) {
  reader.on_refill([this] { run_.flush(); });
  if (is_first_object_) columns_ = reader.columns();
  if (begun_) return;
  begun_ = true;
  const WriteOptions write = write_options(options_, reader);
  const bool is_same = write.to == reader.format() && write.delimiter == reader.delimiter();
  const bool is_csv = write.to != Format::kNdjson;
  if (!is_same || (is_csv && !options_.read.dialect.has_plain_cells())) {
    writer_ = make_writer(*sink_, write);
    writer_->header(reader.columns());
    cells_.resize(reader.columns().size());
  } else if (is_csv && !options_.read.dialect.has_plain_header()) {
    make_writer(*sink_, write)->header(reader.columns());
  } else if (!reader.header_text().empty()) {
    append_line(*sink_, reader.header_text());
  }
  is_first_object_ = !is_csv && !writer_;
  if (is_first_object_) columns_ = reader.columns();
  sink_->flush();
}

void ValidRows::convert(const Record& record) {
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const std::string_view text = record[i];
    cells_[i] = {text, checker_.kind_of(i, text, record.kind(i)), false};
  }
  writer_->write(cells_);
}

void ValidRows::write_first(const Record& record) {
  is_first_object_ = false;
  cells_.clear();
  bool is_whole = true;
  for (std::size_t i = 0; i < record.size(); ++i) {
    cells_.push_back({record.encoded(i), record.kind(i), true});
    is_whole = is_whole && !record.encoded(i).empty();
  }
  if (is_whole) return run_.pass(record);
  const auto writer = make_writer(*sink_, {Format::kNdjson, '\0'});
  writer->header(columns_);
  writer->write(cells_);
}

void ValidRows::flush() {
  run_.flush();
  sink_->flush();
}

std::string head_of_rejects(const RecordReader& reader) {
  std::string out = (reader.encoding().empty() ? "" : "\xef\xbb\xbf") + reader.header_text();
  const char end = reader.line_terminator();
  if (!reader.header_text().empty() && !out.ends_with(end)) out += end;
  return out;
}

RejectedRows::RejectedRows(const std::string& path) {
  if (!path.empty()) sink_ = open_sink(path);
}

void RejectedRows::begin(const RecordReader& reader) {
  if (!sink_ || begun_) return;
  begun_ = true;
  end_ = reader.line_terminator();
  sink_->append(head_of_rejects(reader));
}

void RejectedRows::write(const Record& record) {
  if (!sink_) return;
  sink_->append(record.raw());
  if (!record.raw().ends_with(end_)) sink_->append(end_);
}

void RejectedRows::close() {
  if (sink_) sink_->close();
}

}  // namespace sp
