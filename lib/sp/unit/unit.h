// Units of measurement through UDUNITS-2: a conversion is parsed once and is then a multiplication
// and an addition.
#pragma once

#include <string>
#include <vector>

namespace sp {

// value in `to` = slope * value in `from` + intercept.
struct UnitConversion {
  double slope = 1;
  double intercept = 0;
  double operator()(double value) const { return slope * value + intercept; }
  bool is_identity() const { return slope == 1 && intercept == 0; }
};

// UDUNITS-2 spellings ("Pa", "degC", "ug/m3", "percent"), and UCUM's "Cel" and "[degF]". A number
// before a unit scales the values: 215 in "0.1 degC" is 21.5 degC (UDUNITS itself would take an
// interval). Throws Error(kConfig) for a spelling that is not a unit, text after a unit, units of
// another dimension, or a conversion that is not linear.
UnitConversion unit_conversion(const std::string& from, const std::string& to);

// First `first`, then `second`.
UnitConversion compose(const UnitConversion& first, const UnitConversion& second);

// A gas at the conditions for which its mole fraction (ppb, ppm, percent) stands for a mass
// concentration (ug/m3): quantities with their units, such as "48.00 g/mol", "20 degC", "1013.25
// hPa".
struct Gas {
  std::string molar_mass, temperature, pressure;
  bool is_named() const { return !molar_mass.empty() || !temperature.empty() || !pressure.empty(); }
};

// The same where a gas is named: then between a mole fraction and a mass concentration too, by the
// law of ideal gases. A gas that is not named changes nothing.
UnitConversion unit_conversion(const std::string& from, const std::string& to, const Gas& gas);

// The number that `text`, a number and its unit ("595 m"), is in `unit`. Throws Error(kConfig).
double quantity_in(const std::string& text, const std::string& unit);

// The same of one that must be above 0: a mass, a pressure, a temperature in kelvins.
double positive_quantity_in(const std::string& text, const std::string& unit);

// Throws Error(kConfig) where `unit` is not a unit.
void check_unit(const std::string& unit);

// Whether numbers in one are the same numbers in the other: celsius and degC. No unit is the same
// as none alone. Throws nothing for a spelling that is no unit.
bool is_same_unit(const std::string& a, const std::string& b);

// The unit in base units, as UDUNITS-2 prints its definition in ASCII. Throws
// Error(kConfig).
std::string unit_definition(const std::string& unit);

// The units whose conversions are kept at hand, so that UDUNITS-2 need not read its database; and
// its own answer for any two units, with which the first must agree.
std::vector<std::string> usual_units();
UnitConversion unit_conversion_by_udunits(const std::string& from, const std::string& to);

}  // namespace sp
