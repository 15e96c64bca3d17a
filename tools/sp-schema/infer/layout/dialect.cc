#include "sp-schema/infer/layout/dialect.h"

#include <algorithm>
#include <optional>

#include "sp-schema/infer/layout/distinct_names.h"
#include "sp-schema/infer/layout/header.h"
#include "sp-schema/infer/layout/json_lists.h"
#include "sp-schema/infer/layout/members.h"
#include "sp-schema/infer/layout/preamble.h"
#include "sp-schema/infer/layout/trial.h"
#include "sp-schema/infer/layout/unit_rows.h"
#include "sp-schema/infer/text/source.h"
#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"
#include "sp/table/csv_delimiter.h"
#include "sp/table/formats.h"

namespace sp {
namespace {

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
  const auto differs = [&](const auto& row) {
    return row.size() > named || (row.size() == named && named < trial.names.size());
  };
  const bool is_needed = std::any_of(trial.rows.begin(), trial.rows.end(), differs);
  if (named > 1 && is_needed && is_empty_after(trial, named)) dialect.ignore_trailing_empty = true;
}

// A header that lacks the name of the row numbers before it.
void guess_row_names(const Trial& trial, Dialect& dialect) {
  if (trial.is_numbered && !dialect.ignore_trailing_empty) dialect.row_names = true;
}

// Values that are made as wide as each other with blanks before them, or after them.
bool is_padded(const Trial& trial, bool (*has_blank)(std::string_view cell)) {
  std::size_t padded = 0;
  for (const std::vector<std::string>& row : trial.rows) {
    if (std::any_of(row.begin(), row.end(), has_blank)) ++padded;
  }
  const auto names = std::count_if(trial.names.begin(), trial.names.end(), has_blank);
  return padded * 2 > trial.rows.size() || static_cast<std::size_t>(names) * 2 > trial.names.size();
}

bool begins_with_blank(std::string_view cell) {
  return cell.starts_with(' ') && cell.find_first_not_of(' ') != std::string_view::npos;
}

bool ends_with_blank(std::string_view cell) {
  return cell.ends_with(' ') && cell.find_first_not_of(' ') != std::string_view::npos;
}

// Whether blanks delimit the cells, and several of them some.
bool has_wide_gaps(const Trial& trial, const ReadOptions& options) {
  const auto is_empty = [](const std::string& cell) { return cell.empty(); };
  return options.delimiter == ' ' &&
         std::any_of(trial.rows.begin(), trial.rows.end(), [&](const auto& row) {
           return std::any_of(row.begin(), row.end(), is_empty);
         });
}

// A comma is named where a tool that is told of none would take another, or refuse to choose.
void settle_delimiter(std::string_view head, bool is_whole, bool is_named, ReadOptions& options,
                      FileShape& shape) {
  const std::string_view rows = head.substr(after_lines(head, options.dialect.skip_lines));
  const DelimiterGuess guess = guess_delimiter(rows, options.dialect, is_whole);
  if (guess.other != '\0' && !is_named) {
    const char left = guess.best == options.delimiter ? guess.other : guess.best;
    shape.decisions.push_back("the delimiter is taken for " + excerpt({&options.delimiter, 1}) +
                              ", and may be " + excerpt({&left, 1}));
  }
  if (options.delimiter != ',') return;
  if (guess.best != ',' || guess.other != '\0') options.dialect.delimiter = ',';
}

bool is_ndjson(std::string_view head, const ReadOptions& options) {
  try {
    return open_reader(memory_source(head), options)->format() == Format::kNdjson;
  } catch (const Error&) {
    return false;
  }
}

void look_at_json(std::string_view head, FileShape& shape) {
  const FirstObject object = first_object(head);
  shape.hint = list_hint(object);
  if (!object.has_line_ends || object.is_in_list) return;
  shape.fault = "its first object goes over several lines; " +
                (shape.hint.empty() ? "jq -c . makes a line of each object" : shape.hint);
}

// No row ends in what is looked at.
FileShape without_row(bool is_whole, FileShape shape) {
  if (is_whole) return shape;
  if (!shape.hint.empty()) shape.hint += "; ";
  shape.hint += "no row ends in the first " + std::to_string(GuessedSource::kHead) +
                " bytes, of which alone is told how the input is written: flags say it, such as "
                "--flatten";
  shape.decisions.push_back(shape.hint);
  return shape;
}

}  // namespace

FileShape guess_dialect(std::string_view head, bool is_whole, ReadOptions& options) {
  FileShape shape;
  if (options.from != Format::kCsv && options.from != Format::kTsv) {
    look_at_json(head, shape);
  }
  if (!shape.fault.empty()) return shape;
  if (!is_whole) head = head.substr(0, head.rfind('\n') + 1);
  if (head.empty()) return without_row(is_whole, std::move(shape));
  if (is_ndjson(head, options)) {
    shape.decisions = guess_members(head, options);
    if (!shape.hint.empty()) shape.decisions.push_back(shape.hint);
    return shape;
  }
  ReadOptions found = options;
  if (found.from == Format::kAuto) found.from = Format::kCsv;
  ReadOptions padded = found;
  padded.dialect.skip_initial_space = true;
  Trial trial = guess_preamble(head, found);
  if (!trial.is_good() || is_padded(trial, begins_with_blank) || has_wide_gaps(trial, found)) {
    Trial other = guess_preamble(head, padded);
    if (other.is_good()) {
      found = padded;
      trial = std::move(other);
    }
  }
  if (trial.is_good() && is_padded(trial, ends_with_blank)) {
    found.dialect.skip_trailing_space = true;
    trial = try_out(head, found).value_or(trial);
  }
  guess_trailing_cells(trial, found.dialect);
  guess_row_names(trial, found.dialect);
  if (found.dialect.header && is_row(trial)) found.dialect.header = false;
  shape.has_names = found.dialect.header;
  describe_preamble(head, trial, found, shape);
  shape.units = guess_unit_rows(trial, found.dialect);
  name_columns_apart(head, trial, found, shape);
  if (found.dialect.row_names) shape.units.insert(shape.units.begin(), "");
  const bool is_named =
      options.delimiter != '\0' || options.dialect.delimiter || options.from == Format::kTsv;
  settle_delimiter(head, is_whole, is_named, found, shape);
  found.from = options.from;
  options = found;
  return shape;
}

}  // namespace sp
