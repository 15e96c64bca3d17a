// The only file that knows the date library: it reads the system's zone database.
#include <date/tz.h>

#include <algorithm>
#include <stdexcept>

#include "sp/diagnostic.h"
#include "sp/timestamp.h"

namespace sp {
namespace {

// Two neighbouring offsets differ by no more than this (a zone that crosses the date line), so a
// local time that is further than this from both ends of an interval exists once.
constexpr std::int64_t kMargin = 2 * 86400;

constexpr std::int64_t kFirstSecond = -62167219200;  // 0000-01-01T00:00:00
constexpr std::int64_t kLastSecond = 253402300799;   // 9999-12-31T23:59:59

// The database lists changes up to the end of 2037: a zone that still changes then has unknown
// offsets later on.
constexpr std::int64_t kLastKnownYear = 2114380800;  // 2037-01-01T00:00:00
constexpr std::int64_t kUnknown = 2145916800;        // 2038-01-01T00:00:00

bool is_known(const date::sys_info& info, std::int64_t local_seconds) {
  return local_seconds < kUnknown || info.begin.time_since_epoch().count() < kLastKnownYear;
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
  // Local seconds of [begin, end) have `offset`, without doubt.
  std::int64_t begin = 0, end = 0, offset = 0;

  void remember(const date::sys_info& info) {
    offset = info.offset.count();
    begin = info.begin.time_since_epoch().count() + offset + kMargin;
    end = info.end.time_since_epoch().count() + offset - kMargin;
    if (info.begin.time_since_epoch().count() >= kLastKnownYear) end = std::min(end, kUnknown);
  }
};

TimeZone::TimeZone(const std::string& name, Dst dst) {
  if (names_utc(name)) return;
  try {
    impl_ = std::make_unique<Impl>(Impl{date::locate_zone(name), dst});
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
  if (info.result == date::local_info::unique) {
    if (!is_known(info.first, local_seconds)) return std::nullopt;
    cache.remember(info.first);
    return within_calendar(local_seconds - info.first.offset.count());
  }
  if (cache.dst == Dst::kReject) return std::nullopt;
  const date::sys_info& chosen = cache.dst == Dst::kEarlier ? info.first : info.second;
  return local_seconds - chosen.offset.count();
}

}  // namespace sp
