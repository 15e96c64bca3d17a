// Spans of time as flags give them: a number and a unit, which is ms, s, min or m, h, d, w, and,
// where windows of the calendar are asked for, mo or y. A number alone is seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sp {

struct TimeSpan {
  // Weeks are seven days, but windows of weeks begin on a Monday and those of days do not.
  enum class Unit { kMillis, kWeeks, kMonths };
  std::int64_t count = 0;  // never negative
  Unit unit = Unit::kMillis;
  bool operator==(const TimeSpan&) const = default;
};

// Nothing where `text` is no span, or is not whole in its unit ("1.5h" is: 90 minutes; "1.5mo" is
// not).
std::optional<TimeSpan> parse_time_span(std::string_view text);

// The one spelling of all that mean the same: "1h" for 60m, "90m" for 1.5h, "1y" for 12mo.
std::string canonical(const TimeSpan& span);

// Of a flag that waits: nothing where `text` is no span, is one of the calendar, or is longer than
// ten years.
std::optional<std::chrono::milliseconds> parse_duration_flag(std::string_view text);

// What is said of a flag's value that is none.
std::string not_a_time(std::string_view text);

}  // namespace sp
