#include "sp-aggregate/window.h"

#include <algorithm>

#include "sp/base/diagnostic.h"
#include "sp/time/calendar.h"
#include "sp/time/time_span.h"

namespace sp {
namespace {

constexpr std::int64_t kDay = calendar::kSecondsPerDay;
constexpr std::int64_t kMonday = 4 * kDay;  // 1970-01-05
constexpr std::int64_t kMostCount = 1'000'000;
constexpr std::int64_t kHour = 3600;
// No clock is farther from UTC, and no two of a zone farther from each other.
constexpr std::int64_t kMostOffset = 26 * kHour;

TimeZone zone_named(const std::string& name) {
  try {
    return TimeZone(name.empty() ? "UTC" : name);
  } catch (const Error& error) {
    throw Error(ExitCode::kUsage, error.what());
  }
}

}  // namespace

Windows::Windows(std::string_view text, const std::string& zone) : zone_(zone_named(zone)) {
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
  if (!zone_.is_utc()) text_ += ' ' + zone;
  by_calendar_ = span->unit == TimeSpan::Unit::kMonths;
  length_ = span->count / per_unit;
  if (span->unit == TimeSpan::Unit::kWeeks) {
    length_ *= 7 * kDay;
    origin_ = kMonday;
  }
  is_of_one_offset_ = !by_calendar_ && length_ <= kHour;
}

Windows Windows::parse(std::string_view text) {
  const std::size_t space = std::min(text.find(' '), text.size());
  const std::string_view zone = text.substr(space);
  if (zone == " ") throw Error(ExitCode::kUsage, "there is no zone after the space");
  return Windows(text.substr(0, space), std::string(zone.substr(zone.empty() ? 0 : 1)));
}

Window Windows::at(std::int64_t seconds) const {
  if (zone_.is_utc()) return on_clock(seconds);
  const TimeZone::Span span = zone_.span_at(seconds);
  Window local = on_clock(seconds + span.offset);
  if (is_of_one_offset_) {
    return {std::max(local.start - span.offset, span.begin),
            std::min(local.end - span.offset, span.end)};
  }
  Window window{first_moment(local.start), first_moment(local.end)};
  // Clocks that were put back show again what an earlier window began with.
  while (window.end <= seconds) {
    local = on_clock(local.end);
    window = {window.end, first_moment(local.end)};
  }
  return window;
}

// At which the zone's clocks show `local`, or jump over it.
std::int64_t Windows::first_moment(std::int64_t local) const {
  TimeZone::Span span = zone_.span_at(local - kMostOffset);
  while (local - span.offset >= span.end) span = zone_.span_at(span.end);
  return std::max(local - span.offset, span.begin);
}

Window Windows::on_clock(std::int64_t seconds) const {
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
