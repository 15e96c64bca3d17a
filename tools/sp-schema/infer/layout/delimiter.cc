#include "sp-schema/infer/layout/delimiter.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "sp-schema/infer/column/column.h"

namespace sp {
namespace {

constexpr char kDelimiters[] = {',', ';', '\t', '|', ' '};

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

}  // namespace

// The one with which the rows are all as wide as the header, and most cells are values.
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

}  // namespace sp
