#include "sp-validate/batch_rows.h"

#include <algorithm>
#include <numeric>

#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"
#include "sp/table/formats.h"

namespace sp {
namespace {

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

BatchRows::BatchRows(const StreamOptions& options, std::string file_column)
    : options_(options),
      file_column_(std::move(file_column)),
      out_(open_sink("-")),
      sink_(string_sink(held_)) {}

bool BatchRows::fits(const Columns& columns) const {
  return !columns_ || *columns_ == columns || match(*columns_, columns);
}

void BatchRows::begin(const RecordReader& reader, const RowChecker& checker,
                      const std::string& file) {
  if (reader.columns().find(file_column_)) {
    throw Error(ExitCode::kDataErr,
                "has a column " + excerpt(file_column_) + "; give --file-column another name",
                {reader.name(), 0, 1, file_column_});
  }
  if (!columns_) write_header(reader.columns(), write_options(options_, reader));
  from_ = *match(*columns_, reader.columns());
  is_encoded_ = write_.to == reader.format() && write_.delimiter == reader.delimiter() &&
                (write_.to == Format::kNdjson || options_.read.dialect.has_plain_cells());
  checker_ = &checker;
  file_ = file;
}

void BatchRows::write_header(Columns columns, const WriteOptions& write) {
  columns_ = columns;
  write_ = write;
  writer_ = make_writer(*sink_, write_);
  columns.push_back(file_column_);
  writer_->header(columns);
  cells_.resize(columns.size());
  release();
  out_->flush();
}

void BatchRows::write(const Record& record) {
  for (std::size_t i = 0; i < from_.size(); ++i) {
    const std::size_t at = from_[i];
    if (is_encoded_) {
      cells_[i] = {record.encoded(at), record.kind(at), true};
    } else {
      const std::string_view text = record[at];
      cells_[i] = {text, checker_->kind_of(at, text, record.kind(at)), false};
    }
  }
  cells_.back() = {file_, CellKind::kString, false};
  writer_->write(cells_);
}

void BatchRows::release() {
  sink_->flush();
  out_->append(held_);
  held_.clear();
}

void BatchRows::drop() {
  sink_->flush();
  held_.clear();
}

void BatchRows::flush(const Schema& schema) {
  const bool is_bare = options_.to == Format::kNdjson || schema.fields.empty();
  if (!columns_ && !is_bare) {
    std::vector<std::string> names;
    for (const Field& field : schema.fields) names.push_back(field.name);
    const Format to = options_.to == Format::kAuto ? Format::kCsv : options_.to;
    write_header(Columns(std::move(names)), {to, options_.read.delimiter});
  }
  out_->flush();
}

}  // namespace sp
