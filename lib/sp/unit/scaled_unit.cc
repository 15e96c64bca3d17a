#include "sp/unit/scaled_unit.h"

#include <cmath>
#include <string_view>

#include "sp/base/diagnostic.h"
#include "sp/base/digits.h"
#include "sp/number/number.h"

namespace sp {
namespace {

using digits::is_digit;
bool is_sign(char c) { return c == '-' || c == '+'; }

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// The length of the number at the front of `text`; 0 for none. A point with no digit after it is
// UDUNITS-2's sign of a product.
std::size_t number_length(std::string_view text) {
  const std::size_t begin = !text.empty() && is_sign(text[0]) ? 1 : 0;
  std::size_t end = skip_digits(text, begin);
  if (end < text.size() && text[end] == '.') {
    const std::size_t part = skip_digits(text, end + 1);
    if (part > end + 1) end = part;
  }
  if (end == begin) return 0;
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    const std::size_t digits = end + 1 < text.size() && is_sign(text[end + 1]) ? end + 2 : end + 1;
    const std::size_t exponent = skip_digits(text, digits);
    if (exponent > digits) end = exponent;
  }
  return end;
}

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

double factor_of(std::string_view number, const std::string& name) {
  double factor = 0;
  if (!parse_double(number, factor) || !(factor > 0) || !std::isfinite(1 / factor)) {
    throw Error(ExitCode::kConfig, "the number in the unit '" + name +
                                       "' must be above 0, and one that a double holds");
  }
  return factor;
}

std::optional<ScaledUnit> split_front(const std::string& name, const UnitTest& is_unit,
                                      const UnitTest& has_own_zero) {
  const std::string_view text = name;
  const std::size_t size = number_length(text);
  if (size == 0) return std::nullopt;
  std::string_view rest = without_blanks(text.substr(size));
  if (rest.starts_with('*') || rest.starts_with('.')) rest = without_blanks(rest.substr(1));
  const std::string unit(rest);
  const bool is_apart = size < text.size() && text[size] == ' ' && is_unit(unit);
  if (!is_apart && !has_own_zero(unit)) return std::nullopt;
  return ScaledUnit{factor_of(text.substr(0, size), name), unit};
}

std::optional<ScaledUnit> split_back(const std::string& name, const UnitTest& has_own_zero) {
  const std::string_view text = name;
  const std::size_t at = text.find_last_of("/* ");
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view number = text.substr(at + 1);
  if (number.empty() || number_length(number) != number.size()) return std::nullopt;
  std::string_view front = without_blanks(text.substr(0, at + 1));
  const bool divides = front.ends_with('/');
  if (divides || front.ends_with('*')) front = without_blanks(front.substr(0, front.size() - 1));
  const std::string unit(front);
  if (!has_own_zero(unit)) return std::nullopt;
  const double factor = factor_of(number, name);
  return ScaledUnit{divides ? 1 / factor : factor, unit};
}

}  // namespace

std::optional<ScaledUnit> split_scaled_unit(const std::string& name, const UnitTest& is_unit,
                                            const UnitTest& has_own_zero) {
  if (auto front = split_front(name, is_unit, has_own_zero)) return front;
  return split_back(name, has_own_zero);
}

}  // namespace sp
