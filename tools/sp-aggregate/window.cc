#include "sp-aggregate/window.h"

#include "sp/base/diagnostic.h"
#include "sp/time/calendar.h"
#include "sp/time/time_span.h"

namespace sp {
namespace {

constexpr std::int64_t kDay = calendar::kSecondsPerDay;
constexpr std::int64_t kMonday = 4 * kDay;  // 1970-01-05
constexpr std::int64_t kMostCount = 1'000'000;

}  // namespace

Windows::Windows(std::string_view text) {
  const auto span = parse_time_span(text);
  const std::int64_t per_unit = span && span->unit == TimeSpan::Unit::kMillis ? 1000 : 1;
  if (!span || span->count == 0 || span->count % per_unit != 0 ||
      span->count / per_unit > (per_unit == 1 ? kMostCount : kMostCount * kDay)) {
    throw Error(ExitCode::kUsage,
                "'" + std::string(text) +
                    "' is not a window; write a number and one of s, min, h, d, w, mo, y, such "
                    "as 15min, 1h, 1d or 1mo, and of days or months at most a million");
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
  using calendar::days_of_month;
  using calendar::floor_div;
  if (!by_calendar_) {
    const std::int64_t start = floor_div(seconds - origin_, length_) * length_ + origin_;
    return {start, start + length_};
  }
  const std::int64_t month = calendar::month_of_day(floor_div(seconds, kDay));
  const std::int64_t first = floor_div(month, length_) * length_;
  return {days_of_month(first) * kDay, days_of_month(first + length_) * kDay};
}

}  // namespace sp
