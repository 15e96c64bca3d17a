// Spellings of units in names of columns and in rows of units.
#pragma once

#include <string>
#include <string_view>

namespace sp {

// All as UDUNITS-2 spells them; empty: none.

// Of a text that stands where a unit may stand, in any case and with blanks in it: in brackets, or
// after the name of a quantity.
std::string find_unit(std::string_view text);
// Of a word of a name, where it can mean nothing else: "°C", "W/m2", "hPa".
std::string find_clear_unit(std::string_view text);
// Of a cell of a row of units: "Deg C", "(%)", "W/m^2".
std::string unit_of_row(std::string_view text);

}  // namespace sp
