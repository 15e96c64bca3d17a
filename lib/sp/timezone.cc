// The only file that knows the date library: it reads the system's zone database.
#include <date/tz.h>

#include <algorithm>
#include <stdexcept>

#include "sp/diagnostic.h"
#include "sp/timestamp.h"
#include "sp/zone_rule.h"

namespace sp {
namespace {

// Two neighbouring offsets differ by no more than this (a zone that crosses the date line), so a
// local time that is further than this from both ends of an interval exists once.
constexpr std::int64_t kMargin = 2 * 86400;

// What is between the last change in the table and the end of time. Behind it the rule counts.
bool is_last(const date::sys_info& info) {
  return info.end.time_since_epoch().count() > kLastSecond;
}

std::optional<std::int64_t> within_calendar(std::int64_t seconds) {
  if (seconds < kFirstSecond || seconds > kLastSecond) return std::nullopt;
  return seconds;
}

bool names_utc(const std::string& name) { return name == "UTC" || name == "Etc/UTC"; }

}  // namespace

struct TimeZone::Impl {
  const date::time_zone* zone;
  Dst dst;
  std::string name;
  std::optional<ZoneRule> rule;  // read when a time needs it
  // Local seconds of [begin, end) have `offset`, without doubt.
  std::int64_t begin = 0, end = 0, offset = 0;

  void remember(std::int64_t from, std::int64_t to, std::int64_t east) {
    offset = east;
    begin = from + offset + kMargin;
    end = to + offset - kMargin;
  }
  // Of the offsets before and after a change, where the local time is missing or exists twice.
  std::optional<std::int64_t> choose(std::int64_t local, std::int64_t before,
                                     std::int64_t after) const {
    if (dst == Dst::kReject) return std::nullopt;
    return within_calendar(local - (dst == Dst::kEarlier ? before : after));
  }
  const ZoneRule& known_rule() {
    if (!rule) rule = ZoneRule::read("/usr/share/zoneinfo/" + name);
    if (rule) return *rule;
    throw Error(ExitCode::kConfig, "the zone database does not say how the clocks of '" + name +
                                       "' go on after its last change; install tzdata anew");
  }
  std::optional<std::int64_t> by_rule(std::int64_t local, std::int64_t last_change);
};

// The table's last change is one of the rule's or ends them, so `local`, which is behind it, is
// the rule's.
std::optional<std::int64_t> TimeZone::Impl::by_rule(std::int64_t local, std::int64_t last_change) {
  const ZoneRule& clocks = known_rule();
  const ZoneRule::Span standard = clocks.at(local - clocks.standard());
  const ZoneRule::Span daylight = clocks.at(local - clocks.daylight());
  const bool is_standard = standard.offset == clocks.standard();
  const bool is_daylight = daylight.offset == clocks.daylight();
  const auto [west, east] = std::minmax({clocks.standard(), clocks.daylight()});
  if (west == east || is_standard != is_daylight) {
    const ZoneRule::Span& span = is_standard ? standard : daylight;
    remember(std::max(span.begin, last_change), span.end, span.offset);
    return within_calendar(local - span.offset);
  }
  // Both hold: the clocks have been put back. None does: they have been put forward.
  return is_standard ? choose(local, east, west) : choose(local, west, east);
}

TimeZone::TimeZone(const std::string& name, Dst dst) {
  if (names_utc(name)) return;
  try {
    impl_ = std::make_unique<Impl>(Impl{date::locate_zone(name), dst, name, {}});
  } catch (const std::runtime_error&) {
    throw Error(ExitCode::kConfig, "the time zone '" + name +
                                       "' is not in the zone database; give an IANA name such as "
                                       "Europe/Sofia, or install tzdata");
  }
}

TimeZone::~TimeZone() = default;
TimeZone::TimeZone(TimeZone&&) noexcept = default;
TimeZone& TimeZone::operator=(TimeZone&&) noexcept = default;

std::optional<std::int64_t> TimeZone::to_utc(std::int64_t local_seconds) {
  if (!impl_) return local_seconds;
  Impl& cache = *impl_;
  if (local_seconds >= cache.begin && local_seconds < cache.end) {
    return within_calendar(local_seconds - cache.offset);
  }
  const date::local_seconds local{std::chrono::seconds(local_seconds)};
  const date::local_info info = cache.zone->get_info(local);
  if (info.result != date::local_info::unique) {
    return cache.choose(local_seconds, info.first.offset.count(), info.second.offset.count());
  }
  const std::int64_t begin = info.first.begin.time_since_epoch().count();
  if (is_last(info.first)) return cache.by_rule(local_seconds, begin);
  cache.remember(begin, info.first.end.time_since_epoch().count(), info.first.offset.count());
  return within_calendar(local_seconds - cache.offset);
}

std::optional<std::int64_t> TimeZone::to_utc(const ParsedTime& time) {
  if (time.has_offset) return time.time.seconds;
  if (!time.has_second_60) return to_utc(time.time.seconds);
  // What the clocks show is told by the second before: behind a leap second they may change.
  const auto before = to_utc(time.time.seconds - 1);
  if (!before || !is_after_leap_second(*before + 1)) return std::nullopt;
  return *before + 1;
}

}  // namespace sp
