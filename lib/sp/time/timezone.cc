// The only file that knows the date library: it reads the system's zone database.
#include <date/tz.h>

#include <algorithm>
#include <stdexcept>

#include "sp/base/diagnostic.h"
#include "sp/time/timestamp.h"
#include "sp/time/zone_rule.h"

namespace sp {
namespace {

// Two neighbouring offsets differ by no more than this (a zone that crosses the date line), so a
// local time that is further than this from both ends of an interval exists once.
constexpr std::int64_t kMargin = 2 * 86400;

// What is between the last change in the table and the end of time. After it the rule counts.
bool is_last(const date::sys_info& info) {
  return info.end.time_since_epoch().count() > kLastSecond;
}

std::optional<std::int64_t> within_calendar(std::int64_t seconds) {
  if (seconds < kFirstSecond || seconds > kLastSecond) return std::nullopt;
  return seconds;
}

bool names_utc(const std::string& name) { return name == "UTC" || name == "Etc/UTC"; }

// What the clocks may mean by a local time: an offset, in seconds east of UTC, and its name.
struct Reading {
  std::int64_t offset = 0;
  std::string abbreviation;
};

// Of a local time that a change skips or repeats: before the change and after it. Of any other both
// are the same.
struct Readings {
  Reading before = {}, after = {};
  bool is_skipped() const { return before.offset < after.offset; }
  bool is_doubtful() const { return before.offset != after.offset; }
};

Reading reading(const date::sys_info& info) { return {info.offset.count(), info.abbrev}; }
Reading reading(const ZoneRule::Span& span) { return {span.offset, span.abbreviation}; }

// Of the second after `before`, in UTC, where that is second 60.
std::optional<std::int64_t> leap_second(std::optional<std::int64_t> before) {
  if (!before || !is_after_leap_second(*before + 1)) return std::nullopt;
  return *before + 1;
}

}  // namespace

struct TimeZone::Impl {
  const date::time_zone* zone;
  Dst dst;
  std::string name;
  std::optional<ZoneRule> rule;  // read when a time needs it
  // Local seconds of [begin, end) have `known`, without doubt.
  std::int64_t begin = 0, end = 0;
  Reading known = {};

  bool is_known(std::int64_t local) const { return local >= begin && local < end; }
  void remember(std::int64_t from, std::int64_t to, const Reading& reading) {
    known = reading;
    begin = from + known.offset + kMargin;
    end = to + known.offset - kMargin;
  }
  std::optional<std::int64_t> choose(std::int64_t local, const Readings& readings) const {
    if (readings.is_doubtful() && dst == Dst::kReject) return std::nullopt;
    const Reading& chosen = dst == Dst::kEarlier ? readings.before : readings.after;
    return within_calendar(local - chosen.offset);
  }
  const ZoneRule& known_rule() {
    if (!rule) rule = ZoneRule::read("/usr/share/zoneinfo/" + name);
    if (rule) return *rule;
    throw Error(ExitCode::kConfig, "the zone database does not say how the clocks of '" + name +
                                       "' go on after its last change; install tzdata anew");
  }
  std::optional<std::int64_t> look_up(std::int64_t local) { return choose(local, readings(local)); }
  Readings readings(std::int64_t local);
  Readings by_rule(std::int64_t local, std::int64_t last_change);
  std::optional<std::int64_t> to_utc(std::int64_t local, std::string_view abbreviation);
};

Readings TimeZone::Impl::readings(std::int64_t local) {
  if (is_known(local)) return {known, known};
  const date::local_info info = zone->get_info(date::local_seconds(std::chrono::seconds(local)));
  if (info.result != date::local_info::unique) return {reading(info.first), reading(info.second)};
  const std::int64_t from = info.first.begin.time_since_epoch().count();
  if (is_last(info.first)) return by_rule(local, from);
  remember(from, info.first.end.time_since_epoch().count(), reading(info.first));
  return {known, known};
}

// The table's last change is one of the rule's or ends them, so `local`, which is after it, is
// the rule's. Where there is a change between the two times that it may be, it is skipped or exists
// twice.
Readings TimeZone::Impl::by_rule(std::int64_t local, std::int64_t last_change) {
  const ZoneRule& clocks = known_rule();
  const ZoneRule::Span standard = clocks.at(local - clocks.standard());
  const ZoneRule::Span daylight = clocks.at(local - clocks.daylight());
  if (standard.begin < daylight.begin) return {reading(standard), reading(daylight)};
  if (daylight.begin < standard.begin) return {reading(daylight), reading(standard)};
  remember(std::max(standard.begin, last_change), standard.end, reading(standard));
  return {known, known};
}

std::optional<std::int64_t> TimeZone::Impl::to_utc(std::int64_t local,
                                                   std::string_view abbreviation) {
  const Readings there = readings(local);
  const bool before = there.before.abbreviation == abbreviation;
  const bool after = there.after.abbreviation == abbreviation;
  if (before && after) return choose(local, there);
  if ((!before && !after) || (there.is_skipped() && dst == Dst::kReject)) return std::nullopt;
  return within_calendar(local - (before ? there.before : there.after).offset);
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
  Impl& zone = *impl_;
  if (zone.is_known(local_seconds)) return within_calendar(local_seconds - zone.known.offset);
  return zone.look_up(local_seconds);
}

// What the clocks show is told by the second before: after a leap second they may change.
std::optional<std::int64_t> TimeZone::to_utc(const ParsedTime& time) {
  if (time.has_offset) return time.time.seconds;
  if (!time.has_second_60) return to_utc(time.time.seconds);
  return leap_second(to_utc(time.time.seconds - 1));
}

std::optional<std::int64_t> TimeZone::to_utc(const ParsedTime& time,
                                             std::string_view abbreviation) {
  if (!impl_) return uses(abbreviation, time) ? to_utc(time) : std::nullopt;
  if (!time.has_second_60) return impl_->to_utc(time.time.seconds, abbreviation);
  return leap_second(impl_->to_utc(time.time.seconds - 1, abbreviation));
}

std::string TimeZone::explain(const ParsedTime& time) const {
  if (time.has_second_60) {
    return "is no leap second: one is 23:59:60 UTC at the end of June or December";
  }
  const Readings there = impl_ ? impl_->readings(time.time.seconds) : Readings();
  if (!there.is_doubtful() || impl_->dst != Dst::kReject) {
    return "lies outside the years 1 to 9999 in UTC";
  }
  return there.is_skipped() ? "does not exist in the time zone " + impl_->name +
                                  ", whose clocks skip it; dst says what becomes of it"
                            : "exists twice in the time zone " + impl_->name +
                                  ", whose clocks are put back; dst says which it is";
}

bool TimeZone::uses(std::string_view abbreviation, const ParsedTime& time) {
  if (!impl_) return abbreviation == "UTC";
  const Readings there = impl_->readings(time.time.seconds - (time.has_second_60 ? 1 : 0));
  return there.before.abbreviation == abbreviation || there.after.abbreviation == abbreviation;
}

TimeZone::Span TimeZone::span_at(std::int64_t utc) const {
  constexpr std::int64_t kForever = INT64_MAX / 4;
  if (!impl_) return {-kForever, kForever, 0};
  const date::sys_info info = impl_->zone->get_info(date::sys_seconds(std::chrono::seconds(utc)));
  const std::int64_t begin = info.begin.time_since_epoch().count();
  if (!is_last(info)) return {begin, info.end.time_since_epoch().count(), info.offset.count()};
  const ZoneRule::Span span = impl_->known_rule().at(utc);
  return {std::max(span.begin, begin), span.end, span.offset};
}

}  // namespace sp
