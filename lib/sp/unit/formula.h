// Quantities that sensor people compute from others: a table of formulas.
//
// Each takes numbers in the units that it names and gives one; sp-transform(1) tells where each
// comes from. `datetime`, which puts a date-time together from its parts, is in composite_time.h;
// `copy` is another column itself.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sp {

struct FormulaInput {
  const char* name = nullptr;  // null: no input
  const char* unit = nullptr;  // UDUNITS-2
  bool is_optional = false;
};

struct Formula {
  static constexpr std::size_t kMostInputs = 4;
  const char* name;
  const char* unit;  // of the result
  int decimals;      // of the result, where nobody asks for others
  std::array<FormulaInput, kMostInputs> inputs;
  // One value for each input, NaN for an optional one that is not used. NaN where the formula has
  // no value for these.
  double (*compute)(const double* values);

  std::size_t input_count() const;
};

std::span<const Formula> formulas();
// Null for a name that is not in the table.
const Formula* find_formula(std::string_view name);
// "absolute_humidity, caqi, …, datetime, copy", for messages.
std::string formula_names();

inline constexpr std::string_view kDatetimeFormula = "datetime";
inline constexpr std::string_view kCopyFormula = "copy";

}  // namespace sp
