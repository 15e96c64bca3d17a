// Units of measurement through UDUNITS-2: a conversion is parsed once and is then a multiplication
// and an addition.
#pragma once

#include <string>

namespace sp {

// value in `to` = slope * value in `from` + intercept.
struct UnitConversion {
  double slope = 1;
  double intercept = 0;
  double operator()(double value) const { return slope * value + intercept; }
  bool is_identity() const { return slope == 1 && intercept == 0; }
};

// UDUNITS-2 spellings ("Pa", "degC", "ug/m3", "percent"), and UCUM's "Cel" and "[degF]". A number before a
// unit scales the values: 215 in "0.1 degC" is 21.5 degC (UDUNITS itself would take an interval).
// Throws Error(kConfig) for a spelling that is not a unit, text behind a unit, units of another
// dimension, or a conversion that is not linear.
UnitConversion unit_conversion(const std::string& from, const std::string& to);

// Throws Error(kConfig) where `unit` is not a unit.
void check_unit(const std::string& unit);

}  // namespace sp
