#include "sp-validate/valid_rows.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"
#include "sp/table/formats.h"

namespace sp {
namespace {

void append_line(ByteSink& sink, std::string_view line) {
  sink.append(line);
  if (!line.ends_with('\n')) sink.append('\n');
}

// Positions sorted by name; of equal names the first comes first.
std::vector<std::size_t> sorted_by_name(const Columns& columns) {
  std::vector<std::size_t> order(columns.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return columns[a] < columns[b]; });
  return order;
}

// For each name in `to` where it is in `from`; nothing where the names are not the same.
std::optional<std::vector<std::size_t>> match(const Columns& to, const Columns& from) {
  if (to.size() != from.size()) return std::nullopt;
  std::vector<std::size_t> result(to.size());
  const auto to_order = sorted_by_name(to), from_order = sorted_by_name(from);
  for (std::size_t i = 0; i < to_order.size(); ++i) {
    if (to[to_order[i]] != from[from_order[i]]) return std::nullopt;
    result[to_order[i]] = from_order[i];
  }
  return result;
}

}  // namespace

ValidRows::ValidRows(const StreamOptions& options, const RowChecker& checker,
                     std::string file_column)
    : options_(options),
      checker_(checker),
      file_column_(std::move(file_column)),
      out_(open_sink("-")),
      hold_(has_file_column() ? string_sink(held_) : nullptr),
      run_(*out_) {}

std::string ValidRows::misfit(const RecordReader& reader) const {
  if (!has_begun_ || reader.has_nothing()) return "";
  if (has_file_column()) {
    if (match(columns_, reader.columns())) return "";
    return "has other columns than the files before it; give it to another run";
  }
  if (reader.format() == format_ && reader.delimiter() == delimiter_ &&
      reader.columns() == columns_) {
    return "";
  }
  return "has other columns, or another format or delimiter, than " + name_ +
         "; give it to a run of its own";
}

void ValidRows::begin(const std::string& file, RecordReader& reader) {
  if (reader.has_nothing()) {
    has_objects_ = true;
    return;
  }
  if (has_file_column() && reader.columns().find(file_column_)) {
    throw Error(ExitCode::kDataErr,
                "has a column " + excerpt(file_column_) + "; give --file-column another name",
                {reader.name(), 0, 1, file_column_});
  }
  if (!has_begun_) begin_output(reader);
  if (!writer_) return reader.on_refill([this] { run_.flush(); });
  file_ = file;
  from_ = *match(columns_, reader.columns());
  is_encoded_ = write_.to == reader.format() && write_.delimiter == reader.delimiter() &&
                (write_.to == Format::kNdjson || options_.read.dialect.has_plain_cells());
}

void ValidRows::begin_output(const RecordReader& reader) {
  has_begun_ = true;
  name_ = reader.name();
  format_ = reader.format();
  delimiter_ = reader.delimiter();
  columns_ = reader.columns();
  write_ = write_options(options_, reader);
  const Dialect& dialect = options_.read.dialect;
  const bool is_csv = write_.to != Format::kNdjson;
  const bool is_same = write_.to == format_ && write_.delimiter == delimiter_;
  if (has_file_column() || checker_.may_blank() || !is_same || (!is_csv && dialect.flatten) ||
      (is_csv && !dialect.has_plain_cells())) {
    begin_converted();
  } else if (is_csv && !dialect.has_plain_header()) {
    make_writer(*out_, write_)->header(columns_);
  } else if (!reader.header_text().empty()) {
    append_line(*out_, reader.header_text());
  }
  is_first_object_ = !is_csv && !writer_;
  out_->flush();
}

void ValidRows::begin_converted() {
  writer_ = make_writer(hold_ ? *hold_ : *out_, write_);
  Columns columns = columns_;
  if (has_file_column()) columns.push_back(file_column_);
  writer_->header(columns);
  cells_.resize(columns.size());
  release();
}

void ValidRows::convert(const Record& record) {
  for (std::size_t i = 0; i < from_.size(); ++i) {
    const std::size_t at = from_[i];
    if (checker_.may_blank() && checker_.blanks(at, record)) {
      cells_[i] = {write_.to == Format::kNdjson ? "" : checker_.missing_text(at), CellKind::kNull};
    } else if (is_encoded_) {
      cells_[i] = {record.encoded(at), record.kind(at), true};
    } else {
      cells_[i] = write_.to == Format::kNdjson ? checker_.as_json(at, record[at], record.kind(at))
                                               : checker_.as_csv(at, record[at], record.kind(at));
    }
  }
  if (has_file_column()) {
    cells_.back() = {file_, CellKind::kString, false};
    held_bytes_ += record.raw().size();
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
  const auto writer = make_writer(*out_, {Format::kNdjson, '\0'});
  writer->header(columns_);
  writer->write(cells_);
}

void ValidRows::release() {
  if (!hold_) return;
  hold_->flush();
  out_->append(held_);
  drop();
}

void ValidRows::drop() {
  if (!hold_) return;
  hold_->flush();
  held_.clear();
  held_bytes_ = 0;
}

void ValidRows::flush(const Schema& schema) {
  const Format usual = has_objects_ ? Format::kNdjson : Format::kCsv;
  const Format to = options_.to == Format::kAuto ? usual : options_.to;
  if (!has_begun_ && to != Format::kNdjson && !schema.fields.empty()) {
    std::vector<std::string> names;
    for (const Field& field : schema.fields) names.push_back(field.name);
    columns_ = Columns(std::move(names));
    write_ = {to, options_.read.delimiter};
    begin_converted();
  }
  run_.flush();
  out_->flush();
}

}  // namespace sp
