// What stands before the rows of a CSV file: a preamble, the header, comments.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sp/base/nfc.h"
#include "sp/table/csv_reader.h"
#include "sp/table/delimiter_hint.h"

namespace sp {
namespace {

// A row of one cell above others stands over all columns, as in the standard's example.
std::vector<std::string> join_header(const std::vector<std::vector<std::string>>& rows,
                                     const std::string& joint) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.resize(std::max(names.size(), row.size()));
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string& part = row.size() == 1 ? row[0] : i < row.size() ? row[i] : std::string();
      if (!names[i].empty() && !part.empty()) names[i] += joint;
      names[i] += part;
    }
  }
  return names;
}

}  // namespace

// The preamble stays part of what stands before the rows.
void CsvReader::skip_lines() {
  while (line_ <= dialect_.skip_lines) {
    const void* newline = std::memchr(buffer_.get(), dialect_.line_terminator, end_);
    if (newline == nullptr && !at_end_) {
      if (end_ == capacity_) grow();
      read_more();
      continue;
    }
    begin_ = newline == nullptr
                 ? end_
                 : static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.get()) + 1;
    if (begin_ > max_row_bytes_) fail_too_long(false);
    line_ = newline == nullptr ? dialect_.skip_lines + 1 : line_ + 1;
    header_text_.append(buffer_.get(), begin_);
    discard_consumed();
  }
}

// Bytes that no name has tell of an encoding that nobody named.
void CsvReader::check_name(const Record& header, std::size_t column) const {
  if (header[column].find('\0') == std::string_view::npos) return;
  throw Error(ExitCode::kDataErr,
              "the header has zero bytes, as UTF-16 and UTF-32 without a mark have; name the "
              "encoding with --encoding UTF-16LE, or that which it is",
              {name(), 0, header.line(), ""});
}

void CsvReader::read_header() {
  if (!dialect_.header) return name_columns_without_header();
  Record header;
  std::vector<std::vector<std::string>> rows;
  const std::uint64_t last = dialect_.header_rows.empty() ? 1 : dialect_.header_rows.back();
  bool found = false;
  while (file_row_ <= last || !found) {
    if (!next_row(header)) fail("the input is empty; a header row with column names is needed");
    header_text_ += header.raw();
    if (is_no_row(header)) continue;
    if (!header.defect().empty()) {
      throw Error(ExitCode::kDataErr, "the header: " + std::string(header.defect()),
                  Location{name(), 0, header.line(), ""});
    }
    const bool is_header =
        file_row_ - 1 >= last ||
        std::binary_search(dialect_.header_rows.begin(), dialect_.header_rows.end(), file_row_ - 1);
    if (!is_header) continue;
    rows.emplace_back();
    for (std::size_t i = 0; i < header.size(); ++i) {
      check_name(header, i);
      rows.back().push_back(nfc(header[i]));
    }
    found = true;
  }
  // Where a row is a comment by its number, it keeps that number wherever this text goes.
  while (is_comment(file_row_) && next_row(header)) {
    header_text_ += header.raw();
    is_no_row(header);
  }
  std::vector<std::string> names = join_header(rows, dialect_.header_join);
  if (dialect_.row_names) names.emplace(names.begin(), kRowNames);
  columns_ = Columns(std::move(names));
  columns_.set_advice(delimiter_hint(columns_, delimiter_, 0));
  row_ = 1;
}

// The first row that is no comment tells how many there are, and is then read again as data.
void CsvReader::name_columns_without_header() {
  row_ = 1;
  for (Record comment;;) {
    if (next_row_ == index_.row_count() && !fill()) break;
    const std::string_view rest(buffer_.get() + begin_, end_ - begin_);
    const bool is_comment_row =
        (!dialect_.comment.empty() && rest.starts_with(dialect_.comment)) || is_comment(file_row_);
    if (!is_comment_row) break;
    if (!next_row(comment)) break;
    header_text_ += comment.raw();
    is_no_row(comment);
  }
  const bool is_empty = next_row_ == index_.row_count();
  has_nothing_ = is_empty && dialect_.names.empty();
  if (has_nothing_) return;
  const std::size_t cells = is_empty ? 0 : index_.cells_through(next_row_) - next_cell_;
  std::size_t count = std::max(cells, dialect_.names.size());
  if (dialect_.ignore_trailing_empty && !dialect_.names.empty()) count = dialect_.names.size();
  std::vector<std::string> names = dialect_.names;
  for (std::size_t i = names.size(); i < count; ++i) names.push_back(fmt::format("field{}", i + 1));
  columns_ = Columns(std::move(names));
}

}  // namespace sp
