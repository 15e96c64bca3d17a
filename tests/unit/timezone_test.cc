// Local times against the zone database: all changes of twenty zones from 1990 to 2030.
//
// The oracle is Howard Hinnant's date, asked on the other side: what is the offset before and after
// an instant of UTC. From these two the test works out by itself which local times a change skips
// or repeats; the code under test asks about local times.
#include <date/tz.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "sp/timestamp.h"

namespace {

const char* const kZones[] = {
    "Africa/Cairo",     "Africa/Casablanca", "America/Caracas",  "America/New_York",
    "America/Santiago", "America/Sao_Paulo", "America/St_Johns", "Antarctica/Troll",
    "Asia/Gaza",        "Asia/Pyongyang",    "Asia/Tehran",      "Australia/Lord_Howe",
    "Australia/Sydney", "Europe/Dublin",     "Europe/Istanbul",  "Europe/London",
    "Europe/Moscow",    "Europe/Sofia",      "Pacific/Apia",     "Pacific/Chatham",
};

constexpr std::int64_t kBegin = 631152000;  // 1990-01-01T00:00:00Z
constexpr std::int64_t kEnd = 1924992000;   // 2031-01-01T00:00:00Z

std::int64_t seconds(date::sys_seconds time) { return time.time_since_epoch().count(); }

// The three policies, each with its own cache.
struct Policies {
  explicit Policies(const std::string& name)
      : reject(name, sp::Dst::kReject),
        earlier(name, sp::Dst::kEarlier),
        later(name, sp::Dst::kLater) {}
  sp::TimeZone reject, earlier, later;
};

struct Change {
  std::int64_t at;                                                     // UTC
  std::int64_t before, after;                                          // seconds east of UTC
  std::int64_t first() const { return at + std::min(before, after); }  // local, no longer once
  std::int64_t end() const { return at + std::max(before, after); }
};

void check_once(Policies& zone, std::int64_t local, std::int64_t utc) {
  CAPTURE(local);
  CHECK(zone.reject.to_utc(local) == utc);
  CHECK(zone.earlier.to_utc(local) == utc);
  CHECK(zone.later.to_utc(local) == utc);
}

// In a gap as in a fold, the offset before the change and the one after it are the two answers.
void check_doubtful(Policies& zone, std::int64_t local, const Change& change) {
  CAPTURE(local);
  CHECK(zone.reject.to_utc(local) == std::nullopt);
  CHECK(zone.earlier.to_utc(local) == local - change.before);
  CHECK(zone.later.to_utc(local) == local - change.after);
}

void check(Policies& zone, const Change& change) {
  const std::int64_t first = change.first();
  const std::int64_t end = change.end();
  check_once(zone, first - 1, first - 1 - change.before);
  for (const std::int64_t local : {first, first + 1, first + (end - first) / 2, end - 1}) {
    check_doubtful(zone, local, change);
  }
  check_once(zone, end, end - change.after);
  check_once(zone, end + 1, end + 1 - change.after);
}

TEST_CASE("zones: all changes of twenty zones, 1990 to 2030") {
  int gaps = 0;
  int folds = 0;
  for (const std::string name : kZones) {
    CAPTURE(name);
    const date::time_zone* const zone = date::locate_zone(name);
    Policies kept(name);
    auto info = zone->get_info(date::sys_seconds(std::chrono::seconds(kBegin)));
    while (seconds(info.end) < kEnd) {
      const auto next = zone->get_info(info.end);
      const Change change{seconds(info.end), info.offset.count(), next.offset.count()};
      info = next;
      if (change.before == change.after) continue;  // another name only
      (change.before < change.after ? gaps : folds)++;
      CAPTURE(change.at);
      check(kept, change);
      Policies fresh(name);
      check(fresh, change);
    }
  }
  CHECK(gaps > 500);
  CHECK(folds > 500);
}

// Between the changes, too, by way of UTC: every eleventh hour of forty years.
TEST_CASE("zones: from UTC to local time and back") {
  constexpr std::int64_t kStep = 11 * 3600 + 7;
  for (const std::string name : {"Europe/Sofia", "Australia/Lord_Howe", "America/Caracas"}) {
    CAPTURE(name);
    const date::time_zone* const zone = date::locate_zone(name);
    sp::TimeZone earlier(name, sp::Dst::kEarlier);
    sp::TimeZone later(name, sp::Dst::kLater);
    for (std::int64_t utc = kBegin; utc < kEnd; utc += kStep) {
      const auto info = zone->get_info(date::sys_seconds(std::chrono::seconds(utc)));
      const std::int64_t local = utc + info.offset.count();
      const auto first = earlier.to_utc(local);
      const auto second = later.to_utc(local);
      REQUIRE((first == utc || second == utc));
    }
  }
}

}  // namespace
