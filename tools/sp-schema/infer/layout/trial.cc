#include "sp-schema/infer/layout/trial.h"

#include <algorithm>

#include "sp-schema/infer/column/column.h"
#include "sp/base/diagnostic.h"
#include "sp/table/formats.h"

namespace sp {
namespace {

constexpr std::size_t kMostRows = 200;  // of the beginning that are looked at
constexpr double kEnough = 0.9;         // of the rows must be as wide as the header

// A first row that was not the first of its table has a greater number than 1; seconds since 1970
// count up, too.
constexpr double kMostRowNumber = 1e8;

bool are_rows_numbered(const Trial& trial) {
  ColumnGuess numbers;
  for (const std::vector<std::string>& row : trial.rows) {
    if (row.size() != trial.names.size() + 1) return false;
    numbers.see(row[0], CellKind::kText);
  }
  const double first = numbers.whole_numbers().low.part;
  const bool are_names = std::none_of(trial.names.begin(), trial.names.end(), looks_like_value);
  return numbers.counts_up() && (first == 1 || (are_names && first < kMostRowNumber));
}

// A last line such as "End" is no row of the table.
void drop_last_line(Trial& trial) {
  std::vector<std::vector<std::string>>& rows = trial.rows;
  while (!rows.empty() && is_blank(rows.back())) rows.pop_back();
  if (rows.size() > 1 && rows.back().size() == 1) rows.pop_back();
}

// Without the empty names at the end of a header.
std::size_t named_width(const Trial& trial) {
  std::size_t width = trial.names.size();
  while (width > 1 && trial.names[width - 1].empty()) --width;
  return width;
}

// Blank lines tell nothing of how the others are written.
void measure(Trial& trial) {
  trial.is_numbered = are_rows_numbered(trial);
  const std::size_t named = named_width(trial);
  double rows = 0, sound = 0, shorter = 0, longer = 0, cells = 0, values = 0;
  for (const std::vector<std::string>& row : trial.rows) {
    if (is_blank(row)) continue;
    ++rows;
    if (row.size() == trial.names.size()) ++sound;
    if (row.size() == named) ++shorter;
    const bool has_reason = trial.is_numbered || row.back().empty();
    if (row.size() == trial.names.size() + 1 && has_reason) ++longer;
    for (const std::string& cell : row) {
      ++cells;
      if (cell.empty() || looks_like_value(cell)) ++values;
    }
  }
  if (rows > 0) trial.sound = std::max({sound, shorter, longer}) / rows;
  if (cells > 0) trial.values = values / cells;
}

}  // namespace

bool Trial::is_good() const { return (names.size() > 1 || is_numbered) && sound >= kEnough; }

bool has_digit(std::string_view text) {
  return text.find_first_of("0123456789") != std::string_view::npos;
}

bool looks_like_value(std::string_view text) {
  return has_digit(text) &&
         text.find_first_not_of("0123456789+-.,:/TZ eE") == std::string_view::npos;
}

bool is_blank(const std::vector<std::string>& row) { return row.size() == 1 && row[0].empty(); }

bool has_value(const std::vector<std::string>& row) {
  return std::any_of(row.begin(), row.end(), looks_like_value);
}

bool is_missing(const std::string& cell) {
  ColumnGuess guess;
  guess.see(cell, CellKind::kText);
  return !guess.has_values();
}

std::optional<Trial> try_out(std::string_view head, const ReadOptions& options) {
  Trial trial;
  try {
    const auto reader = open_reader(memory_source(head), options);
    trial.names = reader->columns().names();
    Record record;
    while (trial.rows.size() < kMostRows && reader->next(record)) {
      if (!record.defect().empty() && trial.defects++ == 0) trial.defect = record.defect();
      std::vector<std::string>& row = trial.rows.emplace_back();
      for (std::size_t i = 0; i < record.size(); ++i) row.emplace_back(record[i]);
    }
  } catch (const Error&) {
    return std::nullopt;
  }
  std::erase(trial.rows, trial.names);  // files that were put one after another
  drop_last_line(trial);
  measure(trial);
  return trial;
}

}  // namespace sp
