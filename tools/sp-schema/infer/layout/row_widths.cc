#include "sp-schema/infer/layout/row_widths.h"

#include <algorithm>

#include "sp/base/diagnostic.h"

namespace sp {
namespace {

bool is_row(const std::vector<std::string>& row, const Record& record) {
  if (record.size() != row.size()) return false;
  for (std::size_t i = 0; i < record.size(); ++i) {
    if (record[i] != row[i]) return false;
  }
  return true;
}

std::string fault_of(const RecordReader& reader, const Record& record) {
  if (!record.defect().empty()) return std::string(record.defect());
  if (is_blank(record)) return "it is blank";
  return counted(record.size(), "cell") + ", not " + std::to_string(reader.columns().size());
}

}  // namespace

bool RowWidths::is_header(const RecordReader& reader, const Record& record) const {
  return reader.format() != Format::kNdjson &&
         (is_row(reader.columns().names(), record) || is_row(shape_.units, record));
}

bool RowWidths::see(const RecordReader& reader, const Record& record) {
  if (record.defect().empty() && is_header(reader, record)) {
    if (headers_.rows++ == 0) headers_.first_line = record.line();
    return false;
  }
  const bool is_empty = is_blank(record);
  const bool is_sound =
      record.defect().empty() && record.size() == reader.columns().size() && !is_empty;
  if (!is_sound && unsound_++ == 0) {
    first_fault_ = "line " + std::to_string(record.line()) + " of " + reader.name() + ": " +
                   fault_of(reader, record);
    has_defects_ = !record.defect().empty();
  }
  if (record.defect().empty() && is_empty) return false;
  ++rows_;
  if (is_sound) ++sound_;
  if (!record.defect().empty()) return false;
  Width& width = widths_[record.size()];
  if (width.rows++ == 0) width.first_line = record.line();
  return is_sound;
}

void RowWidths::check(const RecordReader& reader) const {
  if (headers_.rows > 1 && rows_ == 0) {
    throw Error(ExitCode::kDataErr,
                "all rows are what was taken for the header: --no-header makes them data",
                {reader.name(), 0, 0, ""});
  }
  if (sound_ * 2 >= rows_) return;
  std::string message =
      "only " + std::to_string(sound_) + " of " + std::to_string(rows_) + " rows ";
  if (reader.format() == Format::kNdjson) {
    message += "can be read; " + first_fault_;
    if (!shape_.hint.empty()) message += "; " + shape_.hint;
    throw Error(ExitCode::kDataErr, message, {reader.name(), 0, 0, ""});
  }
  message += "are as wide as what was taken for the header";
  const auto usual = std::max_element(
      widths_.begin(), widths_.end(),
      [](const auto& one, const auto& other) { return one.second.rows < other.second.rows; });
  // Another width is that of a table below lines that are none; of one cell are lines of text.
  const bool is_table =
      usual != widths_.end() && usual->first > 1 && usual->first != reader.columns().size();
  if (is_table) {
    message += "; " + std::to_string(usual->second.rows) + " have " + std::to_string(usual->first) +
               " cells, the first in line " + std::to_string(usual->second.first_line) +
               ": --skip-rows " + std::to_string(usual->second.first_line - 1) +
               " leaves out what is before it";
  } else if (has_defects_) {
    message += "; " + first_fault_;
  }
  throw Error(ExitCode::kDataErr, message, {reader.name(), 0, 0, ""});
}

void RowWidths::tell(const RecordReader& reader, bool has_types, Remarks& remarks) const {
  if (unsound_ > 0) {
    remarks.note(std::to_string(unsound_) +
                 " rows are blank, damaged or have too few or too many cells; no schema lets them "
                 "pass; the first is " +
                 first_fault_);
  }
  if (headers_.rows > 0) {
    remarks.note("the header stands again in line " + std::to_string(headers_.first_line) + " of " +
                 reader.name() +
                 (headers_.rows > 1 ? ", and " + std::to_string(headers_.rows - 1) + " times more"
                                    : std::string()) +
                 (has_types ? "; such rows are rejected"
                            : "; such rows pass as data, for no column has another type than "
                              "string: leave them out of the file"));
  }
}

}  // namespace sp
