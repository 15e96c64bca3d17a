#include "sp/time/time_directive.h"

#include <algorithm>
#include <span>

#include "sp/base/digits.h"

namespace sp {
namespace {

using Parts = PatternParts;
using Text = std::string_view;

using digits::is_digit;

// Takes `least` to `most` digits from the front of `text`.
bool take_number(std::string_view& text, std::size_t least, std::size_t most, unsigned& value) {
  std::size_t n = 0;
  value = 0;
  for (; n < most && n < text.size() && is_digit(text[n]); ++n) {
    value = value * 10 + static_cast<unsigned>(text[n] - '0');
  }
  text.remove_prefix(n);
  return n >= least;
}

// An English name in any case, whole or its first three letters; `value` is its place, from 1.
bool take_name(std::string_view& text, std::span<const std::string_view> names, unsigned& value) {
  constexpr std::size_t kShort = 3;
  for (std::size_t n = 0; n < names.size(); ++n) {
    std::size_t same = 0;
    while (same < std::min(names[n].size(), text.size()) && (text[same] | 0x20) == names[n][same]) {
      ++same;
    }
    if (same < kShort) continue;
    text.remove_prefix(same == names[n].size() ? same : kShort);
    value = static_cast<unsigned>(n + 1);
    return true;
  }
  return false;
}

constexpr std::string_view kMonths[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
constexpr std::string_view kWeekdays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                          "friday", "saturday", "sunday"};

bool take_fraction(std::string_view& text, Parts& parts) {
  std::size_t n = 0;
  std::int32_t unit = 100'000'000;
  for (; n < text.size() && is_digit(text[n]); ++n) {
    parts.nanos += (text[n] - '0') * unit;
    unit /= 10;
  }
  parts.fraction = text.substr(0, n);
  text.remove_prefix(n);
  return n > 0;
}

// AM, PM, a.m., p.m. or the first letter alone.
bool take_half_day(std::string_view& text, Parts& parts) {
  if (text.empty()) return false;
  const char half = static_cast<char>(text[0] | 0x20);
  if (half != 'a' && half != 'p') return false;
  parts.is_afternoon = half == 'p';
  text.remove_prefix(1);
  const bool has_points = text.size() >= 3 && text[0] == '.' && text[2] == '.';
  const std::size_t at = has_points ? 1 : 0;
  if (at < text.size() && (text[at] | 0x20) == 'm') text.remove_prefix(has_points ? 3 : 1);
  return true;
}

// As POSIX has it.
bool lengthen_year(Parts& parts) {
  parts.year += parts.year < 69 ? 2000 : 1900;
  return true;
}

constexpr PatternDirective kDirectives[] = {
    {'Y', 4, true, [](Text& t, Parts& p, std::size_t n) { return take_number(t, n, 4, p.year); }},
    {'y', 2, true,
     [](Text& t, Parts& p, std::size_t n) {
       return take_number(t, n, 2, p.year) && lengthen_year(p);
     }},
    {'m', 2, false, [](Text& t, Parts& p, std::size_t n) { return take_number(t, n, 2, p.month); }},
    {'b', 0, false,
     [](Text& t, Parts& p, std::size_t /*n*/) { return take_name(t, kMonths, p.month); }},
    {'d', 2, false, [](Text& t, Parts& p, std::size_t n) { return take_number(t, n, 2, p.day); }},
    {'j', 3, false,
     [](Text& t, Parts& p, std::size_t n) {
       return take_number(t, n, 3, p.day_of_year) && p.day_of_year > 0;
     }},
    {'a', 0, false,
     [](Text& t, Parts& p, std::size_t /*n*/) { return take_name(t, kWeekdays, p.weekday); }},
    {'H', 2, false, [](Text& t, Parts& p, std::size_t n) { return take_number(t, n, 2, p.hour); }},
    {'I', 2, false,
     [](Text& t, Parts& p, std::size_t n) {
       return take_number(t, n, 2, p.hour12) && p.hour12 - 1 < 12;
     }},
    {'p', 0, false, [](Text& t, Parts& p, std::size_t /*n*/) { return take_half_day(t, p); }},
    {'M', 2, false,
     [](Text& t, Parts& p, std::size_t n) { return take_number(t, n, 2, p.minute); }},
    {'S', 2, false,
     [](Text& t, Parts& p, std::size_t n) { return take_number(t, n, 2, p.second); }},
    {'f', 0, false, [](Text& t, Parts& p, std::size_t /*n*/) { return take_fraction(t, p); }},
    {'z', 0, false, [](Text& t, Parts& p, std::size_t /*n*/) { return take_offset(t, p); }},
};

constexpr PatternDirective kSecondFraction = {
    '\0', 0, false, [](Text& t, Parts& p, std::size_t /*n*/) {
      if (t.size() < 2 || (t[0] != '.' && t[0] != ',') || !is_digit(t[1])) return true;
      t.remove_prefix(1);
      return take_fraction(t, p);
    }};

}  // namespace

bool take_offset(std::string_view& text, Parts& parts) {
  if (text.empty()) return false;
  const char sign = text[0];
  text.remove_prefix(1);
  parts.has_offset = true;
  if (sign == 'Z' || sign == 'z') return true;
  unsigned hours = 0;
  unsigned minutes = 0;
  if ((sign != '+' && sign != '-') || !take_number(text, 2, 2, hours)) return false;
  if (!text.empty() && text[0] == ':') text.remove_prefix(1);
  if (!take_number(text, 2, 2, minutes) || hours > 23 || minutes > 59) return false;
  parts.offset = (hours * 60 + minutes) * 60;
  if (sign == '-') parts.offset = -parts.offset;
  return true;
}

const PatternDirective* find_directive(char letter) {
  if (letter == 'B' || letter == 'h') letter = 'b';
  if (letter == 'A') letter = 'a';
  for (const PatternDirective& directive : kDirectives) {
    if (directive.letter == letter) return &directive;
  }
  return nullptr;
}

const PatternDirective* second_fraction() { return &kSecondFraction; }

}  // namespace sp
