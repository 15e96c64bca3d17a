#include "sp/time/time_span.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace sp {
namespace {

using Unit = TimeSpan::Unit;

struct Name {
  std::string_view text;
  Unit unit;
  double factor;
};
constexpr Name kNames[] = {
    {"", Unit::kMillis, 1000},   {"ms", Unit::kMillis, 1},     {"s", Unit::kMillis, 1000},
    {"m", Unit::kMillis, 60e3},  {"min", Unit::kMillis, 60e3}, {"h", Unit::kMillis, 3600e3},
    {"d", Unit::kMillis, 864e5}, {"w", Unit::kWeeks, 1},       {"mo", Unit::kMonths, 1},
    {"y", Unit::kMonths, 12},
};
constexpr double kMost = 1e15;

struct Spelling {
  const char* unit;
  std::int64_t factor;
};
constexpr Spelling kOfMillis[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
constexpr Spelling kOfMonths[] = {{"y", 12}, {"mo", 1}};

template <std::size_t n>
std::string spell(std::int64_t count, const Spelling (&spellings)[n]) {
  for (const Spelling& spelling : spellings) {
    if (count % spelling.factor == 0)
      return std::to_string(count / spelling.factor) + spelling.unit;
  }
  return "";
}

}  // namespace

std::optional<TimeSpan> parse_time_span(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (digits == 0 || error != std::errc() || end != text.data() + digits) return std::nullopt;
  for (const Name& name : kNames) {
    if (name.text != text.substr(digits)) continue;
    const double count = value * name.factor;
    if (!(count <= kMost) || count != std::round(count)) return std::nullopt;
    return TimeSpan{static_cast<std::int64_t>(count), name.unit};
  }
  return std::nullopt;
}

std::string canonical(const TimeSpan& span) {
  if (span.unit == Unit::kWeeks) return std::to_string(span.count) + "w";
  return span.unit == Unit::kMonths ? spell(span.count, kOfMonths) : spell(span.count, kOfMillis);
}

std::optional<std::chrono::milliseconds> parse_duration_flag(std::string_view text) {
  constexpr std::int64_t kWeek = std::int64_t{7} * 86400000;
  constexpr std::int64_t kLongest = std::int64_t{3660} * 86400000;
  const auto span = parse_time_span(text);
  if (!span || span->unit == Unit::kMonths) return std::nullopt;
  if (span->unit == Unit::kWeeks && span->count > kLongest / kWeek) return std::nullopt;
  const std::int64_t millis = span->unit == Unit::kWeeks ? span->count * kWeek : span->count;
  if (millis > kLongest) return std::nullopt;
  return std::chrono::milliseconds(millis);
}

std::string not_a_time(std::string_view text) {
  return "'" + std::string(text) +
         "' is no time; write a number and one of ms, s, min, h, d, w, such as 5min";
}

}  // namespace sp
