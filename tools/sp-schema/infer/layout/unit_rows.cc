#include "sp-schema/infer/layout/unit_rows.h"

#include <algorithm>
#include <string_view>

namespace sp {
namespace {

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

// A row of the table in which nothing was measured.
bool is_without_values(const std::vector<std::string>& row) {
  return std::all_of(row.begin(), row.end(),
                     [](const std::string& cell) { return cell.empty() || is_missing(cell); });
}

// Of USGS's RDB: below the header the width and kind of each column, as 15s, 20d, 14n.
bool is_row_of_formats(const std::vector<std::string>& row) {
  return !row.empty() && std::all_of(row.begin(), row.end(), [](const std::string& cell) {
    const std::size_t end = cell.find_first_not_of("0123456789");
    return end != std::string::npos && end != 0 && end + 1 == cell.size() &&
           std::string_view("sdn").find(cell[end]) != std::string_view::npos;
  });
}

// Those of files that were put one after another stand again.
void drop_repeated(std::vector<std::vector<std::string>>& rows) {
  for (std::size_t i = 0; i < rows.size() && !has_value(rows[i]); ++i) {
    const auto later = rows.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    rows.erase(std::remove(later, rows.end(), std::vector<std::string>(rows[i])), rows.end());
  }
}

}  // namespace

// Rows of units and the like, and blank lines, between the header and the first row that holds a
// number.
std::vector<std::string> guess_unit_rows(Trial trial, Dialect& dialect) {
  constexpr std::size_t kMost = 3;
  const bool is_usual = dialect.header && dialect.header_rows == Dialect().header_rows &&
                        dialect.comment_rows.empty();
  if (is_usual && !trial.rows.empty() && is_row_of_formats(trial.rows.front())) {
    dialect.comment_rows.push_back(2);
    return {};
  }
  drop_repeated(trial.rows);
  const auto first = std::find_if(trial.rows.begin(), trial.rows.end(), has_value);
  const auto count = static_cast<std::size_t>(first - trial.rows.begin());
  const bool is_sure = std::all_of(first, trial.rows.end(), has_value);
  if (!is_usual || !is_sure || count > kMost || count + 1 >= trial.rows.size()) return {};
  for (std::size_t i = 0; i < count; ++i) {
    if (is_blank(trial.rows[i])) continue;
    if (is_without_values(trial.rows[i]) || !stands_above_numbers(trial, i)) return {};
  }
  std::vector<std::string> units;
  for (std::size_t i = 0; i < count; ++i) {
    dialect.comment_rows.push_back(i + 2);
    if (units.empty() && !is_blank(trial.rows[i])) units = trial.rows[i];
  }
  return units;
}

}  // namespace sp
