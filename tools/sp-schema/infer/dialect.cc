#include "sp-schema/infer/dialect.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "sp-schema/infer/column.h"
#include "sp-schema/infer/header.h"
#include "sp-schema/infer/trial.h"
#include "sp/base/json_text.h"

namespace sp {
namespace {

constexpr char kDelimiters[] = {',', ';', '\t', '|', ' '};
constexpr std::size_t kMostSkipped = 20;

bool is_better(const Trial& one, const Trial& other) {
  if (one.is_good() != other.is_good()) return one.is_good();
  if (one.values != other.values) return one.values > other.values;
  return one.names.size() > other.names.size();
}

bool names_delimiter(const ReadOptions& options) {
  return options.delimiter != '\0' || options.dialect.delimiter || options.from == Format::kTsv;
}

// Whether another delimiter stands in a cell, and is no decimal comma.
bool holds_delimiter(const std::string& cell) {
  if (cell.find_first_of(",;\t|") == std::string::npos) return false;
  ColumnGuess guess;
  guess.see(cell, CellKind::kText);
  return guess.type() != FieldType::kNumber;
}

// Whether blanks are what stands between the cells, and not between words, or a date and a time.
bool is_of_blanks(const Trial& trial) {
  const auto rows = std::count_if(trial.rows.begin(), trial.rows.end(), [](const auto& row) {
    return std::any_of(row.begin(), row.end(), holds_delimiter);
  });
  return trial.values >= 0.5 && static_cast<std::size_t>(rows) * 2 <= trial.rows.size();
}

// The delimiter with which the rows are all as wide as the header, and most
// cells are values.
Trial choose_delimiter(std::string_view head, ReadOptions& options) {
  if (names_delimiter(options)) return try_out(head, options).value_or(Trial{});
  Trial best;
  char chosen = '\0';
  for (const char delimiter : kDelimiters) {
    options.delimiter = delimiter;
    const std::optional<Trial> trial = try_out(head, options);
    if (!trial || !trial->is_good()) continue;
    if (delimiter == ' ' && !is_of_blanks(*trial)) continue;
    if (chosen != '\0' && !is_better(*trial, best)) continue;
    best = *trial;
    chosen = delimiter;
  }
  options.delimiter = chosen;
  return best;
}

// Lines of "#" before the header, unless the only one is the header.
void guess_comments(std::string_view head, ReadOptions& options) {
  if (!options.dialect.comment.empty() || !head.starts_with('#')) return;
  ReadOptions plain = options, with_comments = options;
  with_comments.dialect.comment = "#";
  const Trial as_header = choose_delimiter(head, plain);
  const Trial as_comment = choose_delimiter(head, with_comments);
  if (!as_header.is_good() && as_comment.is_good()) options.dialect.comment = "#";
}

// A header of two rows, the upper of which has a gap where the lower one is enough.
Trial guess_header(std::string_view head, ReadOptions& options) {
  Trial trial = choose_delimiter(head, options);
  const bool is_usual = options.dialect.header_rows == Dialect().header_rows;
  const bool has_gap = trial.is_good() && trial.names[0].empty() && lacks_names(trial);
  const auto has_name = [](const std::string& name) { return !name.empty(); };
  const auto named = std::count_if(trial.names.begin(), trial.names.end(), has_name);
  if (!is_usual || !has_gap || named < 2 || has_data(trial.rows[0])) return trial;
  ReadOptions joining = options;
  joining.dialect.header_rows = {1, 2};
  Trial joined = choose_delimiter(head, joining);
  if (!joined.is_good() || !is_header(joined)) return trial;
  options = joining;
  return joined;
}

// The first line, read as `skipping` reads one further down, where it is as wide: then it is above
// damaged rows, and there is no preamble.
std::optional<Trial> as_wide_as(const Trial& other, std::string_view head, ReadOptions& skipping) {
  ReadOptions whole = skipping;
  whole.dialect.skip_lines = 0;
  std::optional<Trial> trial = try_out(head, whole);
  if (!trial || trial->names.size() != other.names.size()) return std::nullopt;
  skipping = whole;
  return trial;
}

// A preamble: lines that are no CSV, or titles, before a header that fits the rows.
Trial guess_skipped_lines(std::string_view head, ReadOptions& options) {
  const auto is_done = [](const Trial& trial) { return trial.is_good() && !lacks_names(trial); };
  const ReadOptions plain = options;
  Trial best = guess_header(head, options);
  if (options.dialect.skip_lines > 0) return best;
  for (std::size_t lines = 1; lines <= kMostSkipped && !is_done(best); ++lines) {
    ReadOptions skipping = plain;
    skipping.dialect.skip_lines = lines;
    Trial other = guess_header(head, skipping);
    if (!other.is_good() || other.rows.size() < 2) continue;
    if (!is_header(other)) {
      if (best.is_good()) continue;
      if (std::optional<Trial> whole = as_wide_as(other, head, skipping)) {
        options = skipping;
        return *whole;
      }
    }
    best = std::move(other);
    options = skipping;
  }
  return best;
}

Trial guess_rows(std::string_view head, ReadOptions& options) {
  guess_comments(head, options);
  return guess_skipped_lines(head, options);
}

bool is_empty_after(const Trial& trial, std::size_t column) {
  return std::all_of(trial.rows.begin(), trial.rows.end(), [&](const auto& row) {
    return std::all_of(row.begin() + static_cast<std::ptrdiff_t>(std::min(column, row.size())),
                       row.end(), [](const std::string& cell) { return cell.empty(); });
  });
}

// Empty cells after the last name, with empty names or none.
void guess_trailing_cells(const Trial& trial, Dialect& dialect) {
  std::size_t named = trial.names.size();
  while (named > 0 && trial.names[named - 1].empty()) --named;
  const bool are_longer = std::any_of(trial.rows.begin(), trial.rows.end(),
                                      [&](const auto& row) { return row.size() > named; });
  if (named > 1 && are_longer && is_empty_after(trial, named)) dialect.ignore_trailing_empty = true;
}

// A header that lacks the name of the row numbers before it.
void guess_row_names(const Trial& trial, Dialect& dialect) {
  if (trial.is_numbered && !dialect.ignore_trailing_empty) dialect.row_names = true;
}

// Numbers that are made as wide as each other with blanks before them.
bool is_padded(const Trial& trial) {
  std::size_t padded = 0;
  for (const std::vector<std::string>& row : trial.rows) {
    const auto is_indented = [](const std::string& cell) { return cell.starts_with(' '); };
    if (!row.empty() && std::any_of(row.begin() + 1, row.end(), is_indented)) ++padded;
  }
  return padded * 2 > trial.rows.size();
}

bool has_value(const std::vector<std::string>& row) {
  return std::any_of(row.begin(), row.end(), looks_like_value);
}

// Whether each text of a row stands above numbers, or where all are missing: a unit, or what was
// done to them.
bool stands_above_numbers(const Trial& trial, std::size_t row) {
  bool has_numbers = false;
  for (std::size_t i = 0; i < trial.rows[row].size(); ++i) {
    if (trial.rows[row][i].empty()) continue;
    const auto is_number = [i](const auto& cells) {
      return i < cells.size() && looks_like_value(cells[i]);
    };
    const auto has_none = [&](const auto& cells) {
      return i >= cells.size() || is_missing(cells[i]) || !has_value(cells);
    };
    if (std::any_of(trial.rows.begin(), trial.rows.end(), is_number)) {
      has_numbers = true;
    } else if (!std::all_of(trial.rows.begin(), trial.rows.end(), has_none)) {
      return false;
    }
  }
  return has_numbers;
}

// Of USGS's RDB: below the header the width and kind of each column, as 15s, 20d, 14n.
bool is_row_of_formats(const std::vector<std::string>& row) {
  return !row.empty() && std::all_of(row.begin(), row.end(), [](const std::string& cell) {
    const std::size_t end = cell.find_first_not_of("0123456789");
    return end != std::string::npos && end != 0 && end + 1 == cell.size() &&
           std::string_view("sdn").find(cell[end]) != std::string_view::npos;
  });
}

// Rows of units and the like, and blank lines, between the header and the first row that holds a
// number.
void guess_unit_rows(const Trial& trial, Dialect& dialect) {
  constexpr std::size_t kMost = 3;
  const bool is_usual = dialect.header && dialect.header_rows == Dialect().header_rows &&
                        dialect.comment_rows.empty();
  if (is_usual && !trial.rows.empty() && is_row_of_formats(trial.rows.front())) {
    dialect.comment_rows.push_back(2);
    return;
  }
  const auto first = std::find_if(trial.rows.begin(), trial.rows.end(), has_value);
  const auto count = static_cast<std::size_t>(first - trial.rows.begin());
  const bool is_sure = std::all_of(first, trial.rows.end(), has_value);
  if (!is_usual || !is_sure || count > kMost || count + 1 >= trial.rows.size()) return;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_blank(trial.rows[i]) && !stands_above_numbers(trial, i)) return;
  }
  for (std::size_t i = 0; i < count; ++i) dialect.comment_rows.push_back(i + 2);
}

JsonArray numbers(const std::vector<std::uint64_t>& rows) {
  JsonArray out(json_style::kSpaced);
  for (const std::uint64_t row : rows) out.add(row);
  return out;
}

}  // namespace

void guess_dialect(std::string_view head, bool is_whole, ReadOptions& options) {
  const std::size_t first = head.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  const bool is_json = first != std::string_view::npos && head[first] == '{';
  if (options.from == Format::kNdjson || (options.from == Format::kAuto && is_json)) return;
  if (!is_whole) head = head.substr(0, head.rfind('\n') + 1);
  if (head.empty()) return;
  ReadOptions found = options;
  if (found.from == Format::kAuto) found.from = Format::kCsv;
  ReadOptions padded = found;
  padded.dialect.skip_initial_space = true;
  Trial trial = guess_rows(head, found);
  if (!trial.is_good() || is_padded(trial)) {
    Trial other = guess_rows(head, padded);
    if (other.is_good()) {
      found = padded;
      trial = std::move(other);
    }
  }
  guess_trailing_cells(trial, found.dialect);
  guess_row_names(trial, found.dialect);
  if (found.dialect.header && is_row(trial)) found.dialect.header = false;
  guess_unit_rows(trial, found.dialect);
  found.from = options.from;
  options = found;
}

JsonObject dialect_json(const RecordReader& reader, const ReadOptions& options,
                        const std::string& encoding) {
  JsonObject out(json_style::kSpaced);
  if (reader.format() == Format::kNdjson) return out;
  const Dialect& dialect = options.dialect;
  const auto add_byte = [&](const char* name, char c) { out.add(name, std::string_view(&c, 1)); };
  if (reader.delimiter() != ',') add_byte("delimiter", reader.delimiter());
  if (!dialect.quote) out.add("quoteChar", "");
  if (dialect.quote && *dialect.quote != '"') add_byte("quoteChar", *dialect.quote);
  if (!dialect.double_quote) out.add("doubleQuote", false);
  if (dialect.escape) add_byte("escapeChar", *dialect.escape);
  if (dialect.line_terminator != '\n') add_byte("lineTerminator", dialect.line_terminator);
  if (dialect.skip_initial_space) out.add("skipInitialSpace", true);
  if (!dialect.null_sequence.empty()) out.add("nullSequence", dialect.null_sequence);
  if (!dialect.header) out.add("header", false);
  if (dialect.header && dialect.header_rows != Dialect().header_rows) {
    out.add("headerRows", numbers(dialect.header_rows));
    out.add("headerJoin", dialect.header_join);
  }
  if (!dialect.comment_rows.empty()) out.add("commentRows", numbers(dialect.comment_rows));
  if (!dialect.comment.empty()) out.add("commentChar", dialect.comment);
  if (dialect.skip_lines > 0) out.add("skipRows", dialect.skip_lines);
  if (dialect.row_names) out.add("rowNames", true);
  if (dialect.ignore_trailing_empty) out.add("ignoreTrailingEmpty", true);
  if (!encoding.empty()) out.add("encoding", encoding);
  return out;
}

}  // namespace sp
