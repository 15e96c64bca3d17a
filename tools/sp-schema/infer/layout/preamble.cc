#include "sp-schema/infer/layout/preamble.h"

#include <algorithm>
#include <optional>

#include "sp-schema/infer/column/column.h"
#include "sp-schema/infer/column/name_words.h"
#include "sp-schema/infer/layout/delimiter.h"
#include "sp-schema/infer/layout/header.h"
#include "sp/base/diagnostic.h"

namespace sp {

std::size_t after_lines(std::string_view text, std::uint64_t lines) {
  std::size_t at = 0;
  while (lines-- > 0 && at < text.size()) at = std::min(text.find('\n', at), text.size() - 1) + 1;
  return at;
}

namespace {

constexpr std::size_t kMostSkipped = 200;
// Below so many lines a table must have more values than words, and nothing above may read well.
constexpr std::size_t kMostTitles = 20;
constexpr double kFarValues = 0.5;

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
    if (lines > kMostTitles && (best.is_good() || other.values < kFarValues)) continue;
    if (!has_names(other)) {
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

// Whether a cell above times is called so.
bool names_time(const Trial& trial) {
  for (std::size_t i = 0; i < trial.names.size() && !trial.rows.empty(); ++i) {
    if (i >= trial.rows.back().size()) return false;
    ColumnGuess guess;
    guess.see(trial.rows.back()[i], CellKind::kText);
    const FieldType type = guess.type();
    const bool is_time =
        type == FieldType::kDate || type == FieldType::kTime || type == FieldType::kDatetime;
    if (is_time && has_word(trial.names[i], {"date", "time", "datetime", "timestamp", "datum",
                                             "zeit", "uhrzeit", "ts", "tmstamp"}))
      return true;
  }
  return false;
}

// A line about the file that is as wide as the rows, and above the header: something in it cannot
// be a name, and all in one of the next rows can; or one of these alone names the time.
Trial skip_wide_title(Trial trial, std::string_view head, ReadOptions& options) {
  if (!trial.is_good() || !options.dialect.header) return trial;
  const bool may_be_header = has_names(trial), has_time = names_time(trial);
  for (std::size_t i = 0; i < trial.rows.size() && !has_value(trial.rows[i]); ++i) {
    ReadOptions skipping = options;
    skipping.dialect.skip_lines += i + 1;
    Trial other = choose_delimiter(head, skipping);
    const bool has_rows = !other.rows.empty() && has_value(other.rows.back());
    if (!other.is_good() || !has_names(other) || !has_rows) continue;
    if (may_be_header && (has_time || !names_time(other))) continue;
    options = skipping;
    return other;
  }
  return trial;
}

// What stands before the header: lines that are no rows, and comments.
std::string lines_before(std::string_view head, const Dialect& dialect) {
  std::size_t at = after_lines(head, dialect.skip_lines);
  while (!dialect.comment.empty() && head.substr(at).starts_with(dialect.comment)) {
    at += after_lines(head.substr(at), 1);
  }
  return std::string(head.substr(0, at));
}

// Whether the cells are the last ones of a row whose beginning is lost: values stand where the
// rows below have values.
bool is_torn(const std::vector<std::string>& cells, const Trial& trial) {
  if (cells.size() >= trial.names.size() || trial.rows.empty()) return false;
  const std::size_t first = trial.names.size() - cells.size();
  bool has_value = false;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto is_value = [&](const auto& row) {
      return first + i >= row.size() || looks_like_value(row[first + i]) ||
             is_missing(row[first + i]);
    };
    const bool is_numeric = std::all_of(trial.rows.begin(), trial.rows.end(), is_value);
    if (is_numeric && !looks_like_value(cells[i]) && !is_missing(cells[i])) return false;
    has_value = has_value || (is_numeric && looks_like_value(cells[i]));
  }
  return has_value;
}

std::vector<std::string> last_line_before(std::string_view head, ReadOptions options) {
  --options.dialect.skip_lines;
  options.dialect.header = true;
  const std::optional<Trial> trial = try_out(head, options);
  return trial ? trial->names : std::vector<std::string>{};
}

// The names that the last comment above the rows has for the columns; empty where it has none.
std::vector<std::string> names_in_comment(std::string_view preamble, std::size_t width,
                                          ReadOptions options) {
  const std::string comment = options.dialect.comment;
  std::string_view last;
  while (!comment.empty() && !preamble.empty()) {
    std::string_view line = preamble.substr(0, after_lines(preamble, 1));
    preamble.remove_prefix(line.size());
    if (!line.starts_with(comment)) continue;
    line.remove_prefix(comment.size());
    if (line.find_first_not_of(" \t\r\n,;") != std::string_view::npos) last = line;
  }
  options.dialect.comment.clear();
  options.dialect.skip_lines = 0;
  options.dialect.header = true;
  const std::optional<Trial> trial = try_out(last, options);
  const bool are_names = trial && trial->names.size() == width && is_header(*trial);
  if (!are_names) return {};
  std::vector<std::string> names = trial->names;
  for (std::string& name : names) {
    name.erase(0, name.find_first_not_of(' '));
    name.erase(name.find_last_not_of(" \r") + 1);
  }
  return names;
}

}  // namespace

void describe_preamble(std::string_view head, const Trial& trial, ReadOptions& options,
                       FileShape& shape) {
  Dialect& dialect = options.dialect;
  if (!dialect.header && dialect.skip_lines > 0) {
    const std::vector<std::string> cells = last_line_before(head, options);
    const std::uint64_t line = dialect.skip_lines;
    const std::size_t width = trial.names.size();
    if (line == 1 && is_torn(cells, trial)) {
      dialect.skip_lines = 0;
      for (std::size_t i = 1; i <= width; ++i) dialect.names.push_back("field" + std::to_string(i));
      shape.decisions.push_back("line 1 has the last " + counted(cells.size(), "cell") +
                                " of a row that is torn: it is rejected, and no line before a "
                                "header");
    } else if (cells.size() > 1 && cells.size() < width && !has_data(cells)) {
      shape.decisions.push_back("the header in line " + std::to_string(line) + " has " +
                                counted(cells.size(), "name") + ", all rows " +
                                counted(width, "cell") +
                                ": it was taken for no header; name the fields yourself");
    }
  }
  shape.preamble = lines_before(head, dialect);
  if (dialect.header || !dialect.names.empty()) return;
  dialect.names = names_in_comment(shape.preamble, trial.names.size(), options);
  if (dialect.names.empty()) return;
  shape.has_names = true;
  shape.decisions.push_back("the names of the columns are those of a comment");
}

Trial guess_preamble(std::string_view head, ReadOptions& options) {
  guess_comments(head, options);
  return skip_wide_title(guess_skipped_lines(head, options), head, options);
}

}  // namespace sp
