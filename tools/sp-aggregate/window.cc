#include "sp-aggregate/window.h"

#include "sp/base/diagnostic.h"
#include "sp/time/time_span.h"

namespace sp {
namespace {

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kMonday = 4 * kDay;  // 1970-01-05
constexpr std::int64_t kMostCount = 1'000'000;

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Howard Hinnant's days_from_civil and its inverse, with months counted from January of the year 0.
std::int64_t days_before_month(std::int64_t months) {
  const std::int64_t month = months - floor_div(months, 12) * 12;  // 0: January
  const std::int64_t year = floor_div(months, 12) - (month < 2 ? 1 : 0);
  const std::int64_t era = floor_div(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month < 2 ? 10 : -2)) + 2) / 5;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

std::int64_t month_of_day(std::int64_t days) {
  const std::int64_t shifted = days + 719468;
  const std::int64_t era = floor_div(shifted, 146097);
  const std::int64_t day_of_era = shifted - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  return (era * 400 + year_of_era) * 12 + month_from_march + 2;
}

}  // namespace

Windows::Windows(std::string_view text) {
  const auto span = parse_time_span(text);
  const std::int64_t per_unit = span && span->unit == TimeSpan::Unit::kMillis ? 1000 : 1;
  if (!span || span->count == 0 || span->count % per_unit != 0 ||
      span->count / per_unit > (per_unit == 1 ? kMostCount : kMostCount * kDay)) {
    throw Error(ExitCode::kUsage,
                "'" + std::string(text) +
                    "' is not a window; write a number and one of s, min, h, d, w, mo, y, such "
                    "as 15min, 1h, 1d or 1mo");
  }
  text_ = canonical(*span);
  by_calendar_ = span->unit == TimeSpan::Unit::kMonths;
  length_ = span->count / per_unit;
  if (span->unit == TimeSpan::Unit::kWeeks) {
    length_ *= 7 * kDay;
    origin_ = kMonday;
  }
}

Window Windows::at(std::int64_t seconds) const {
  if (!by_calendar_) {
    const std::int64_t start = floor_div(seconds - origin_, length_) * length_ + origin_;
    return {start, start + length_};
  }
  const std::int64_t month = month_of_day(floor_div(seconds, kDay));
  const std::int64_t first = floor_div(month, length_) * length_;
  return {days_before_month(first) * kDay, days_before_month(first + length_) * kDay};
}

}  // namespace sp
