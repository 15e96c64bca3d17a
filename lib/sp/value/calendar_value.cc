#include "sp/value/calendar_value.h"

#include <algorithm>
#include <iterator>

#include "sp/base/digits.h"
#include "sp/time/calendar.h"

namespace sp {
namespace {

constexpr std::size_t kMaxDigits = 9;  // sums stay within 64 bits

using calendar::kSecondsPerDay;
using digits::is_digit;

// Takes the digits at the front; how many there were.
std::size_t take_digits(std::string_view& text, std::int64_t& number) {
  std::size_t count = 0;
  number = 0;
  while (count < text.size() && is_digit(text[count]) && count <= kMaxDigits) {
    number = number * 10 + (text[count++] - '0');
  }
  text.remove_prefix(count);
  return count;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// Nothing, Z or an offset up to 14 hours.
bool is_zone(std::string_view text) {
  if (text.empty() || text == "Z") return true;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return false;
  for (const std::size_t i : {1U, 2U, 4U, 5U}) {
    if (!is_digit(text[i])) return false;
  }
  const std::string_view hours = text.substr(1, 2), minutes = text.substr(4);
  return minutes < "60" && (hours < "14" || (hours == "14" && minutes == "00"));
}

bool take_year(std::string_view& text, std::int64_t& year) {
  const bool negative = take(text, '-');
  const bool leading_zero = text.starts_with('0');
  const std::size_t digits = take_digits(text, year);
  if (digits < 4 || digits > kMaxDigits || (digits > 4 && leading_zero)) return false;
  if (negative) year = -year;
  return true;
}

// A letter of the duration and where its number goes. Each at most once, in this order.
struct Part {
  char letter;
  bool in_time;
  std::int64_t months;
  std::int64_t seconds;
};
constexpr Part kParts[] = {{'Y', false, 12, 0},  {'M', false, 1, 0}, {'D', false, 0, 86400},
                           {'H', true, 0, 3600}, {'M', true, 0, 60}, {'S', true, 0, 1}};

// Digits after the point of the seconds; those after the ninth are cut.
bool take_fraction(std::string_view& text, std::int32_t& nanos) {
  std::size_t count = 0;
  std::int32_t scale = 100'000'000;
  for (; count < text.size() && is_digit(text[count]); ++count) {
    nanos += (text[count] - '0') * scale;
    scale /= 10;
  }
  text.remove_prefix(count);
  return count > 0;
}

Duration negated(Duration duration) {
  duration.months = -duration.months;
  duration.time.seconds = -duration.time.seconds;
  if (duration.time.nanos != 0) {
    duration.time.nanos = 1'000'000'000 - duration.time.nanos;
    --duration.time.seconds;
  }
  return duration;
}

// The moments that XML Schema adds durations to: 1696-09, 1697-02, 1903-03 and 1903-07.
constexpr std::int64_t kReferences[] = {1696 * 12 + 8, 1697 * 12 + 1, 1903 * 12 + 2, 1903 * 12 + 6};

Timestamp end_of(const Duration& duration, std::int64_t start) {
  Timestamp end = duration.time;
  end.seconds += calendar::days_of_month(start + duration.months) * kSecondsPerDay;
  return end;
}

}  // namespace

bool parse_year(std::string_view text, std::int64_t& year) {
  return take_year(text, year) && is_zone(text);
}

bool parse_year_month(std::string_view text, std::int64_t& months) {
  std::int64_t year = 0, month = 0;
  if (!take_year(text, year) || !take(text, '-')) return false;
  if (take_digits(text, month) != 2 || month < 1 || month > 12) return false;
  months = year * 12 + month - 1;
  return is_zone(text);
}

bool parse_duration(std::string_view text, Duration& duration) {
  const bool negative = take(text, '-');
  duration = {};
  if (!take(text, 'P') || text.empty()) return false;
  bool in_time = false;
  const Part* next = std::begin(kParts);
  while (!text.empty()) {
    if (!in_time && take(text, 'T')) in_time = true;
    std::int64_t number = 0;
    const std::size_t digits = take_digits(text, number);
    if (digits == 0 || digits > kMaxDigits) return false;
    const bool has_fraction = take(text, '.');
    if (has_fraction && !take_fraction(text, duration.time.nanos)) return false;
    if (text.empty()) return false;
    next = std::find_if(next, std::end(kParts), [&](const Part& part) {
      return part.letter == text.front() && part.in_time == in_time;
    });
    if (next == std::end(kParts) || (has_fraction && next->letter != 'S')) return false;
    duration.months += number * next->months;
    duration.time.seconds += number * next->seconds;
    text.remove_prefix(1);
    ++next;
  }
  if (negative) duration = negated(duration);
  return true;
}

bool is_shorter(const Duration& a, const Duration& b) {
  return std::all_of(std::begin(kReferences), std::end(kReferences),
                     [&](std::int64_t start) { return end_of(a, start) < end_of(b, start); });
}

bool is_at_most(const Duration& a, const Duration& b) {
  return std::all_of(std::begin(kReferences), std::end(kReferences),
                     [&](std::int64_t start) { return end_of(a, start) <= end_of(b, start); });
}

}  // namespace sp
