// A unit that is a number of another: "0.1 degC". To UDUNITS-2 the product of a number and degC is
// an interval, tenths of a kelvin; to the people who write it, it is a temperature in tenths of a
// degree.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace sp {

struct ScaledUnit {
  double factor = 1;
  std::string unit;
};

using UnitTest = std::function<bool(const std::string& unit)>;

// A number and a unit, or a unit and a number: a unit whose 0 is its own (degC) in any of the
// spellings 0.1 degC, 0.1degC, 0.1*degC, 0.1.degC, degC/10, degC*0.1 and degC 0.1; other units,
// which UDUNITS-2 multiplies rightly, only with a blank between, for the names that it does not
// know. Nothing for other texts. Throws Error(kConfig) where the number is not above 0 or no
// double.
std::optional<ScaledUnit> split_scaled_unit(const std::string& name, const UnitTest& is_unit,
                                            const UnitTest& has_own_zero);

}  // namespace sp
