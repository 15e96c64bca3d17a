// XML Schema's gYear, gYearMonth and duration.
#pragma once

#include <cstdint>
#include <string_view>

#include "sp/time/timestamp.h"

namespace sp {

// [-]YYYY and [-]YYYY-MM, more than four digits without leading zeros, a time zone after it
// (Z, +hh:mm) that does not count. False where `text` is not one as a whole.
bool parse_year(std::string_view text, std::int64_t& year);
// `months` since year 0.
bool parse_year_month(std::string_view text, std::int64_t& months);

// [-]PnYnMnDTnHnMnS, at least one of them, seconds with a fraction. A month has no length in
// seconds, so the two do not add up.
struct Duration {
  std::int64_t months = 0;
  Timestamp time;  // of the same sign; nanos are never negative
};
bool parse_duration(std::string_view text, Duration& duration);

// XML Schema's partial order: true where it holds whatever month the durations begin in.
bool is_shorter(const Duration& a, const Duration& b);
bool is_at_most(const Duration& a, const Duration& b);

}  // namespace sp
