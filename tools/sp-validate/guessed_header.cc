#include "guessed_header.h"

#include <algorithm>

#include "column_guess.h"

namespace sp {
namespace {

// A name that is a point of time or a number with a fraction is none.
bool is_data(const std::string &name) {
  ColumnGuess guess;
  guess.see(name, CellKind::kText);
  switch (guess.type()) {
    case FieldType::kDate:
    case FieldType::kTime:
    case FieldType::kDatetime:
    case FieldType::kNumber:
      return !name.empty();
    default:
      return false;
  }
}

bool is_whole_number(const std::string &name) {
  return !name.empty() && name.find_first_not_of("0123456789+-") == std::string::npos;
}

// Without a word, and not numbered 1, 2, 3 or 0, 1, 2: that may well be a header.
bool are_numbers(const std::vector<std::string> &names) {
  const std::size_t first = !names.empty() && names[0] == "0" ? 0 : 1;
  bool is_count = true;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!is_whole_number(names[i])) return false;
    is_count = is_count && names[i] == std::to_string(first + i);
  }
  return names.size() > 1 && !is_count;
}

}  // namespace

bool has_data(const std::vector<std::string> &names) {
  return std::any_of(names.begin(), names.end(), [](const std::string &name) {
    return is_whole_number(name) || is_data(name);
  });
}

bool lacks_names(const Trial &trial) {
  for (std::size_t i = 1; i < trial.names.size(); ++i) {
    const auto has_cell = [i](const auto &row) { return i < row.size() && !row[i].empty(); };
    if (trial.names[i].empty() && std::any_of(trial.rows.begin(), trial.rows.end(), has_cell)) {
      return true;
    }
  }
  return false;
}

bool is_header(const Trial &trial) {
  std::vector<std::string> names = trial.names;
  std::sort(names.begin(), names.end());
  return !lacks_names(trial) && !has_data(names) &&
         std::adjacent_find(names.begin(), names.end()) == names.end();
}

bool is_row(const Trial &trial) {
  return are_numbers(trial.names) || std::any_of(trial.names.begin(), trial.names.end(), is_data);
}

}  // namespace sp
