// Numbers from text and to text, on the hot path: fast_float in, integers and std::to_chars out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sp/base/digits.h"

namespace sp {

// Reads the whole of `text` as a decimal number ([+-]digits[.digits][(e|E)[+-]digits], where the
// digits on one side of the point may be missing as XML Schema permits; no white space, no inf, no
// nan, no hex). The nearest double (ties to even). False where it is not one, overflows, or is lost
// to zero.
inline bool parse_double(std::string_view text, double& value);
// The whole of `text` as [+-]digits; false where it is not one or is out of range.
bool parse_int64(std::string_view text, std::int64_t& value);

// An integer as it is written first: 007, +7 and 7 are 7, and -0 is 0. `text` itself where it is so
// or is no integer, else a view into `scratch`, after which eight bytes are readable.
std::string_view canonical_integer(std::string_view text, std::string& scratch);

// A number as it is written: digits * 10^exponent.
struct Decimal {
  std::uint64_t digits = 0;
  int exponent = 0;
  bool negative = false;
};
// The same texts without a double on the way. False for more than 19 digits, zeros in front
// included.
bool parse_decimal(std::string_view text, Decimal& decimal);
// The nearest double (ties to even). False where it overflows or is lost to zero.
bool round_decimal(const Decimal& decimal, double& value);

// Longest output of the functions below: bytes.
inline constexpr std::size_t kMaxNumberText = 352;
// `value` with `decimals` (0..17) digits after the point, correctly rounded from the exact binary
// value, ties to even, as printf("%.*f") does; "-0.00" becomes "0.00". Returns the length.
std::size_t format_fixed(double value, int decimals, char* out);
// `scaled` / 10^decimals, exactly, with a sign where `negative` and not zero. Returns the length.
std::size_t format_scaled(bool negative, std::uint64_t scaled, int decimals, char* out);
// The shortest text that reads back as `value`, without an exponent between 1e-5 and 1e17.
std::size_t format_shortest(double value, char* out);
// Decimal digits of `value`. Returns the length (at most 20).
std::size_t format_int(std::int64_t value, char* out);

// Most numbers, in place: at most eight characters after the sign, digits and one point. False for
// any other, right or wrong. `load` is one of those of digits.h.
template <std::uint64_t (*load)(const char*, std::size_t)>
inline bool parse_short_decimal(std::string_view text, Decimal& decimal) {
  const char* p = text.data();
  std::size_t size = text.size();
  if (size > 9 || size == 0) return false;
  decimal.negative = *p == '-';
  if (decimal.negative || *p == '+') {
    ++p;
    --size;
  }
  if (size > 8 || size == 0) return false;
  std::uint64_t word = load(p, size);
  const int decimals = digits::take_point(word);
  if (!digits::are_digits(word) || (decimals >= 0 && size == 1)) return false;
  decimal.digits = digits::value(word);
  decimal.exponent = decimals > 0 ? -decimals : 0;
  return true;
}
template <std::uint64_t (*load)(const char*, std::size_t)>
inline bool parse_short_double(std::string_view text, double& value) {
  static constexpr double kPowers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};
  Decimal decimal;
  if (!parse_short_decimal<load>(text, decimal)) return false;
  const auto whole = static_cast<double>(static_cast<std::uint32_t>(decimal.digits));
  const double magnitude = decimal.exponent < 0 ? whole / kPowers[-decimal.exponent] : whole;
  value = decimal.negative ? -magnitude : magnitude;
  return true;
}

// The same as parse_double, of numbers of any length.
bool parse_long_double(std::string_view text, double& value);

inline bool parse_double(std::string_view text, double& value) {
  return parse_short_double<digits::load_padded>(text, value) || parse_long_double(text, value);
}

}  // namespace sp
