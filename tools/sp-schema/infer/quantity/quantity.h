// What a column measures, and in which unit, where its name and its values
// leave no doubt.
#pragma once

#include <string>
#include <string_view>

#include "sp-schema/infer/column/column.h"

namespace sp {

// Empty members: not known.
struct GuessedQuantity {
  std::string standard_name;  // of the CF conventions
  std::string unit;           // UDUNITS-2
  // Where both are known: with which all networks can have it in one database. Empty for places.
  std::string name, target_unit;
};

// Of a column of numbers whose values go from `low` to `high`. `unit_text` is what a row of units
// has for it: "Deg C", "(hPa)".
GuessedQuantity guess_quantity(std::string_view name, double low, double high,
                               std::string_view unit_text = {});
// Whether values in one unit can be brought to the other.
bool is_of_dimension(const std::string& unit, const std::string& other);
// Whether it is that of a latitude, a longitude or an altitude.
bool is_place(std::string_view name);
// Whether its name or its unit is known: then its numbers are no names.
bool measures_something(std::string_view name, std::string_view unit_text);

}  // namespace sp
