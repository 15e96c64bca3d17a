#include "sp/unit/decimal_line.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "sp/number/number.h"

namespace sp {
namespace {

constexpr std::int64_t kMaxExact = std::int64_t{1} << 53;  // doubles hold all integers up to it

// digits * 10^power; false where that overflows.
bool shift(std::int64_t& digits, int power) {
  constexpr std::int64_t kPowers[] = {1,       10,        100,        1000,       10'000,
                                      100'000, 1'000'000, 10'000'000, 100'000'000};
  constexpr int kMost = 8;
  for (; power > kMost; power -= kMost) {
    if (digits == 0) return true;
    if (__builtin_mul_overflow(digits, kPowers[kMost], &digits)) return false;
  }
  return !__builtin_mul_overflow(digits, kPowers[power], &digits);
}

// numerator * 10^exponent / denominator, rounded once.
bool divide(std::int64_t numerator, int exponent, std::int64_t denominator, double& value) {
  if (!shift(exponent < 0 ? denominator : numerator, std::abs(exponent))) return false;
  const auto is_exact = [](std::int64_t n) { return n >= -kMaxExact && n <= kMaxExact; };
  if (!is_exact(numerator) || !is_exact(denominator)) return false;
  value = static_cast<double>(numerator) / static_cast<double>(denominator);
  return true;
}

}  // namespace

DecimalLine::Short::Short(double number) {
  char text[32];
  const int size = std::snprintf(text, sizeof text, "%.11e", number);
  Decimal decimal;
  if (!parse_decimal({text, static_cast<std::size_t>(size)}, decimal)) return;
  if (!round_decimal(decimal, value)) return;
  term = {static_cast<std::int64_t>(decimal.digits), decimal.exponent};
  for (; term.digits != 0 && term.digits % 10 == 0; ++term.exponent) term.digits /= 10;
  if (decimal.negative) term.digits = -term.digits;
}

DecimalLine::DecimalLine(const UnitConversion& unit) : unit_(unit) {
  if (!find_terms()) divisor_ = 0;
}

// Units are defined by decimals of few digits (0 degC is 273.15 K, a foot is 0.3048 m), and
// unit_conversion() brings what lies within the noise of twelve digits to their nearest double.
// Decimals of up to 15 digits have a double each (DBL_DIG): so one that is the nearest to twelve
// digits tells which they are. Those are meant; and if they were not, they would be as near to what
// is meant as the double.
bool DecimalLine::find_terms() {
  const Short slope(unit_.slope);
  const Short intercept(unit_.intercept);
  if (slope.value == unit_.slope && intercept.value == unit_.intercept) {
    factor_ = slope.term;
    addend_ = intercept.term;
    return true;
  }
  // From degF to degC it is (x - 32) / 1.8.
  const Short inverse(1 / unit_.slope);
  const Short root(-unit_.intercept / unit_.slope);
  const bool is_fraction = 1 / inverse.value == unit_.slope;
  if (!is_fraction || -unit_.slope * root.value != unit_.intercept) return false;
  factor_ = {1, -inverse.term.exponent};
  addend_ = {-root.term.digits, root.term.exponent - inverse.term.exponent};
  divisor_ = inverse.term.digits;
  return true;
}

// All but the division.
bool DecimalLine::add_up(std::string_view text, Term& sum) const {
  Decimal number;
  if (divisor_ == 0 || !parse_decimal(text, number)) return false;
  const std::int64_t factor = number.negative ? -factor_.digits : factor_.digits;
  if (__builtin_mul_overflow(number.digits, factor, &sum.digits)) return false;
  sum.exponent = number.exponent + factor_.exponent;
  if (addend_.digits == 0) return true;
  Term addend = addend_;
  const int exponent = std::min(sum.exponent, addend.exponent);
  if (!shift(sum.digits, sum.exponent - exponent)) return false;
  if (!shift(addend.digits, addend.exponent - exponent)) return false;
  sum.exponent = exponent;
  return !__builtin_add_overflow(sum.digits, addend.digits, &sum.digits);
}

bool DecimalLine::apply(std::string_view text, Decimal& result) const {
  Term sum;
  if (divisor_ != 1 || !add_up(text, sum)) return false;
  const auto digits = static_cast<std::uint64_t>(sum.digits);
  result.negative = sum.digits < 0;
  result.digits = result.negative ? 0 - digits : digits;
  result.exponent = sum.exponent;
  return true;
}

bool DecimalLine::apply(std::string_view text, double& value) const {
  Decimal result;
  if (apply(text, result) && round_decimal(result, value)) return true;
  Term sum;
  if (divisor_ != 1 && add_up(text, sum) && divide(sum.digits, sum.exponent, divisor_, value)) {
    return true;
  }
  if (!parse_double(text, value)) return false;
  value = unit_(value);
  return true;
}

}  // namespace sp
