#include "sp/number/number.h"

#include <fast_float/fast_float.h>
#include <algorithm>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "sp/base/digits.h"

namespace sp {
namespace {

constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::uint64_t kIntegerPowers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
constexpr std::uint64_t kMaxExactInteger = std::uint64_t{1} << 53;

using digits::is_digit;

// What the scan of a number's text found, which is its value while `digits` holds all of them.
struct Scanned : Decimal {
  int count = 0;  // digits seen, leading zeros included
  bool has_all_digits() const { return count <= 19; }
};

// `begin` is where the text begins: the last digits are read as the end of the eight characters
// before `end`, whatever else those are.
const char* scan_digits(const char* p, const char* end, const char* begin, Scanned& decimal) {
  const char* const first = p;
  while (end - p >= 8) {
    const std::uint64_t word = digits::load8(p);
    if (!digits::are_digits(word)) break;
    decimal.digits = decimal.digits * 100'000'000 + digits::value(word);
    p += 8;
  }
  const auto rest = static_cast<unsigned>(end - p);
  if (rest > 0 && rest < 8 && end - begin >= 8) {
    const unsigned others = 8 * (8 - rest);
    const std::uint64_t word =
        digits::load8(end - 8) >> others << others | digits::kZeros >> (8 * rest);
    if (digits::are_digits(word)) {
      decimal.digits = decimal.digits * kIntegerPowers[rest] + digits::value(word);
      p = end;
    }
  }
  for (; p != end && is_digit(*p); ++p) {
    decimal.digits = decimal.digits * 10 + static_cast<std::uint64_t>(*p - '0');
  }
  decimal.count += static_cast<int>(p - first);
  return p;
}

// The grammar of the header, and nothing after it. An exponent of any length is followed, but its
// number is only kept while it is small: a larger one goes the exact way anyhow.
bool scan(std::string_view text, Scanned& decimal) {
  const char* p = text.data();
  const char* const end = p + text.size();
  if (text.size() > 1u << 20) return false;
  if (p != end && (*p == '-' || *p == '+')) decimal.negative = *p++ == '-';
  p = scan_digits(p, end, text.data(), decimal);
  if (p != end && *p == '.') {
    const int before = decimal.count;
    p = scan_digits(p + 1, end, text.data(), decimal);
    decimal.exponent = before - decimal.count;
  }
  if (decimal.count == 0) return false;
  if (p == end) return true;
  if (*p != 'e' && *p != 'E') return false;
  ++p;
  bool negative = false;
  if (p != end && (*p == '-' || *p == '+')) negative = *p++ == '-';
  if (p == end) return false;
  int exponent = 0;
  for (; p != end; ++p) {
    if (!is_digit(*p)) return false;
    if (exponent < 100000) exponent = exponent * 10 + (*p - '0');
  }
  decimal.exponent += negative ? -exponent : exponent;
  return true;
}

// The nearest double of up to 19 digits, by Eisel and Lemire's way; false where that cannot decide.
bool round_exactly(const Decimal& decimal, double& value) {
  using Binary = fast_float::binary_format<double>;
  const auto result = fast_float::compute_float<Binary>(decimal.exponent, decimal.digits);
  if (result.power2 < 0 || result.power2 >= Binary::infinite_power()) return false;
  fast_float::to_float(decimal.negative, result, value);
  return true;
}

std::size_t length(const char* begin, const std::to_chars_result& result) {
  return static_cast<std::size_t>(result.ptr - begin);
}

// |scaled| < 2^52 is `value` * 10^decimals rounded to a double. As halves are doubles there,
// rounding cannot have carried the product across one: only a product that reads as a half needs
// the exact error of the multiplication.
std::uint64_t round_scaled(double value, double power, double scaled) {
  const double below = std::floor(scaled);
  const double rest = scaled - below;
  auto integer = static_cast<std::uint64_t>(below);
  if (rest > 0.5) return integer + 1;
  if (rest < 0.5) return integer;
  const double error = std::fma(value, power, -scaled);
  if (error > 0 || (error == 0 && (integer & 1) != 0)) return integer + 1;
  return integer;
}

bool is_negative_zero(const char* text, std::size_t size) {
  if (text[0] != '-') return false;
  for (std::size_t i = 1; i < size; ++i) {
    if (text[i] != '0' && text[i] != '.') return false;
  }
  return true;
}

std::size_t drop_sign_of_zero(char* text, std::size_t size) {
  if (!is_negative_zero(text, size)) return size;
  std::memmove(text, text + 1, size - 1);
  return size - 1;
}

// Too small to be told from zero. PostgreSQL refuses such a number, and with it the whole file: a
// check of rows must not let it pass.
bool is_lost(const Decimal& decimal, double value) { return value == 0 && decimal.digits != 0; }

// round_decimal(), in place.
inline bool round_once(const Decimal& decimal, double& value) {
  // Clinger's fast path: both factors are exact doubles, so that one operation rounds once.
  if (decimal.digits <= kMaxExactInteger && decimal.exponent >= -22 && decimal.exponent <= 22) {
    auto result = static_cast<double>(decimal.digits);
    if (decimal.exponent < 0) {
      result /= kPowersOfTen[-decimal.exponent];
    } else {
      result *= kPowersOfTen[decimal.exponent];
    }
    value = decimal.negative ? -result : result;
    return true;
  }
  return round_exactly(decimal, value) && !is_lost(decimal, value);
}

}  // namespace

bool parse_decimal(std::string_view text, Decimal& decimal) {
  if (parse_short_decimal<digits::load_padded>(text, decimal)) return true;
  Scanned scanned;
  if (!scan(text, scanned) || !scanned.has_all_digits()) return false;
  decimal = scanned;
  return true;
}

bool round_decimal(const Decimal& decimal, double& value) { return round_once(decimal, value); }

bool parse_long_double(std::string_view text, double& value) {
  Scanned decimal;
  if (!scan(text, decimal)) return false;
  if (decimal.has_all_digits() && round_once(decimal, value)) return true;
  if (text.front() == '+') text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  double result = 0;
  const auto parsed = fast_float::from_chars(text.data(), end, result);
  if (parsed.ptr != end || !std::isfinite(result)) return false;
  // Of so many digits decimal.digits tells nothing.
  const std::string_view mantissa = text.substr(0, text.find_first_of("eE"));
  if (result == 0 && mantissa.find_first_of("123456789") != std::string_view::npos) return false;
  value = result;
  return true;
}

std::string_view canonical_integer(std::string_view text, std::string& scratch) {
  if (text.empty() || (text[0] > '0' && text[0] <= '9') || text == "0") return text;
  const bool is_negative = text[0] == '-';
  std::string_view digits = text;
  if (is_negative || text[0] == '+') digits.remove_prefix(1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return text;
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
  if (is_negative && digits == text.substr(1) && digits != "0") return text;
  scratch.assign(is_negative && digits != "0" ? "-" : "").append(digits);
  const std::size_t size = scratch.size();
  scratch.append(8, '\0');
  return std::string_view(scratch).substr(0, size);
}

bool parse_int64(std::string_view text, std::int64_t& value) {
  if (text.size() <= 8 && !text.empty()) {
    const std::uint64_t word = digits::load_padded(text.data(), text.size());
    if (digits::are_digits(word)) {
      value = digits::value(word);
      return true;
    }
  }
  if (text.size() > 1 && text[0] == '+' && is_digit(text[1])) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && last == end;
}

std::size_t format_scaled(bool negative, std::uint64_t scaled, int decimals, char* out) {
  char* p = out;
  if (negative && scaled != 0) *p++ = '-';
  char digits[24];
  const auto count =
      static_cast<int>(length(digits, std::to_chars(digits, digits + sizeof digits, scaled)));
  const int whole = count - decimals;
  if (whole > 0) {
    std::memcpy(p, digits, static_cast<std::size_t>(whole));
    p += whole;
  } else {
    *p++ = '0';
  }
  if (decimals > 0) {
    *p++ = '.';
    for (int i = whole; i < 0; ++i) *p++ = '0';
    const int first = whole > 0 ? whole : 0;
    std::memcpy(p, digits + first, static_cast<std::size_t>(count - first));
    p += count - first;
  }
  return static_cast<std::size_t>(p - out);
}

std::size_t format_fixed(double value, int decimals, char* out) {
  constexpr double kMaxScaled = 4503599627370496.0;  // 2^52
  const double power = kPowersOfTen[decimals];
  const double magnitude = std::fabs(value);
  const double scaled = magnitude * power;
  if (scaled < kMaxScaled) {
    return format_scaled(std::signbit(value), round_scaled(magnitude, power, scaled), decimals,
                         out);
  }
  const auto result =
      std::to_chars(out, out + kMaxNumberText, value, std::chars_format::fixed, decimals);
  return drop_sign_of_zero(out, length(out, result));
}

std::size_t format_shortest(double value, char* out) {
  const double magnitude = std::fabs(value);
  char* const end = out + kMaxNumberText;
  if (magnitude == 0) {
    *out = '0';
    return 1;
  }
  if (magnitude >= 1e-5 && magnitude < 1e17) {
    return length(out, std::to_chars(out, end, value, std::chars_format::fixed));
  }
  return length(out, std::to_chars(out, end, value));
}

std::size_t format_int(std::int64_t value, char* out) {
  return length(out, std::to_chars(out, out + 20, value));
}

}  // namespace sp
