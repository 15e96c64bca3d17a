// A conversion of units done in decimals, as a person does it: 21.35 degC are 294.5 K and not
// 294.49999999999994.
#pragma once

#include <cstdint>
#include <string_view>

#include "sp/number/number.h"
#include "sp/unit/unit.h"

namespace sp {

class DecimalLine {
 public:
  explicit DecimalLine(const UnitConversion& unit);
  // What the number of `text` is in the new unit, to its last digit. False where that has no end,
  // the unit's numbers are no short decimals, or all digits do not fit 64 bits.
  bool apply(std::string_view text, Decimal& result) const;
  // The double nearest to that, which may be infinite; where there is no such way, what doubles
  // make of it. False where parse_double() takes no such text.
  bool apply(std::string_view text, double& value) const;

 private:
  // digits * 10^exponent
  struct Term {
    std::int64_t digits = 0;
    int exponent = 0;
  };
  // A double to twelve digits.
  struct Short {
    explicit Short(double number);
    Term term;
    double value = 0;  // the nearest to them
  };
  bool find_terms();
  bool add_up(std::string_view text, Term& sum) const;

  UnitConversion unit_;
  Term factor_, addend_;  // (factor * x + addend) / divisor; divisor 0: no such
  std::int64_t divisor_ = 1;
};

}  // namespace sp
