// Numbers: what is read agrees with the C library, and what is written reads back.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "sp/number/number.h"
#include "transcript.h"

namespace {

using sp::fuzz::must_agree;
using sp::fuzz::must_hold;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_digits(const std::string& text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// The grammar of number.h, and its number by strtod.
bool read_by_hand(const std::string& text, double& value) {
  std::size_t at = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
  const std::size_t whole = skip_digits(text, at);
  std::size_t digits = whole - at;
  at = whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t end = skip_digits(text, ++at);
    digits += end - at;
    at = end;
  }
  if (digits == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t end = skip_digits(text, at);
    if (end == at) return false;
    at = end;
  }
  value = std::strtod(text.c_str(), nullptr);
  const std::string digits_of_it = text.substr(0, text.find_first_of("eE"));
  const bool is_lost = value == 0 && digits_of_it.find_first_of("123456789") != std::string::npos;
  return at == text.size() && std::isfinite(value) && !is_lost;
}

void check_shortest(double value) {
  char text[sp::kMaxNumberText];
  const std::string_view written(text, sp::format_shortest(value, text));
  double again = 0;
  must_hold(sp::parse_double(written, again) && again == value, "the shortest text reads back",
            written);
}

void check_fixed(double value, int decimals) {
  char text[sp::kMaxNumberText];
  char expected[sp::kMaxNumberText + 1];
  const std::string_view written(text, sp::format_fixed(value, decimals, text));
  std::snprintf(expected, sizeof expected, "%.*f", decimals, value);
  std::string_view want = expected;
  if (want.find_first_not_of("-0.") == std::string_view::npos && want.starts_with('-')) {
    want.remove_prefix(1);
  }
  must_agree("format_fixed and printf", written, want);
}

void check_integer(const std::string& text) {
  std::int64_t value = 0;
  if (!sp::parse_int64(text, value)) return;
  char out[20];
  std::string_view digits = text;
  const bool negative = digits.front() == '-';
  if (negative || digits.front() == '+') digits.remove_prefix(1);
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  const std::string want = (negative && digits != "0" ? "-" : "") + std::string(digits);
  must_agree("an integer written again", {out, sp::format_int(value, out)}, want);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  double value = 0;
  double expected = 0;
  const bool read = sp::parse_double(text, value);
  must_hold(read == read_by_hand(text, expected), "a number or not", text);
  check_integer(text);
  if (!read) return 0;
  must_hold(value == expected && std::signbit(value) == std::signbit(expected),
            "the same number as strtod", text);
  check_shortest(value);
  check_fixed(value, static_cast<int>(sp::fuzz::variant_of(text) % 18));
  return 0;
}
