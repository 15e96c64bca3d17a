#include "sp-schema/infer/layout/header.h"

#include <algorithm>
#include <charconv>
#include <functional>

#include "sp-schema/infer/column/column.h"

namespace sp {
namespace {

// A name that is a point of time or a number with a fraction is none.
bool is_data(const std::string& name) {
  ColumnGuess guess;
  guess.see(name, CellKind::kText);
  switch (guess.type()) {
    case FieldType::kDate:
    case FieldType::kTime:
    case FieldType::kDatetime:
    case FieldType::kNumber:
      return has_digit(name);
    default:
      return false;
  }
}

bool is_whole_number(const std::string& name) {
  return has_digit(name) && name.find_first_not_of("0123456789+-") == std::string::npos;
}

// Without a word, and not numbered 1, 2, 3 or 0, 1, 2: that may well be a header.
bool are_numbers(const std::vector<std::string>& names) {
  const std::size_t first = !names.empty() && names[0] == "0" ? 0 : 1;
  bool is_count = true;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!is_whole_number(names[i])) return false;
    is_count = is_count && names[i] == std::to_string(first + i);
  }
  return names.size() > 1 && !is_count;
}

bool are_distinct(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end();
}

// Whether nothing but values stands in a column below the names.
bool is_above_values(const Trial& trial, std::size_t column) {
  return std::all_of(trial.rows.begin(), trial.rows.end(), [column](const auto& row) {
    return column >= row.size() || looks_like_value(row[column]) || is_missing(row[column]);
  });
}

// Whole numbers above values: a row's, unless they go up, as years and hours that are names do, and
// no name is there twice.
bool has_numbers_of_row(const Trial& trial) {
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < trial.names.size(); ++i) {
    const std::string& name = trial.names[i];
    if (!is_whole_number(name) || !is_above_values(trial, i)) continue;
    std::int64_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    numbers.push_back(number);
  }
  const bool go_up =
      std::adjacent_find(numbers.begin(), numbers.end(), std::greater_equal<>()) == numbers.end();
  return !numbers.empty() && !(go_up && are_distinct(trial.names));
}

}  // namespace

bool has_data(const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return is_whole_number(name) || is_data(name);
  });
}

bool lacks_names(const Trial& trial) {
  for (std::size_t i = 1; i < trial.names.size(); ++i) {
    const auto has_cell = [i](const auto& row) { return i < row.size() && !row[i].empty(); };
    if (trial.names[i].empty() && std::any_of(trial.rows.begin(), trial.rows.end(), has_cell)) {
      return true;
    }
  }
  return false;
}

bool has_names(const Trial& trial) { return !lacks_names(trial) && !has_data(trial.names); }

bool is_header(const Trial& trial) { return has_names(trial) && are_distinct(trial.names); }

bool is_row(const Trial& trial) {
  return are_numbers(trial.names) || has_numbers_of_row(trial) ||
         std::any_of(trial.names.begin(), trial.names.end(), is_data);
}

}  // namespace sp
