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

#include "sp/time/timestamp.h"
#include "sp/time/zone_rule.h"

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

// In a fold, which kReject refuses, and in a gap, where it must not: names of either side choose.
void check_names(const std::string& zone_name, const Change& change, const std::string& before,
                 const std::string& after) {
  if (before == after) return;
  const bool is_gap = change.before < change.after;
  sp::TimeZone zone(zone_name, is_gap ? sp::Dst::kLater : sp::Dst::kReject);
  for (const std::int64_t local : {change.first(), change.end() - 1}) {
    CAPTURE(local);
    sp::ParsedTime time;
    time.time.seconds = local;
    CHECK(zone.to_utc(time, before) == local - change.before);
    CHECK(zone.to_utc(time, after) == local - change.after);
    CHECK(zone.to_utc(time, "XYZ") == std::nullopt);
    CHECK(zone.uses(before, time));
    CHECK_FALSE(zone.uses("XYZ", time));
  }
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
      const std::string before = info.abbrev;
      info = next;
      if (change.before == change.after) continue;  // another name only
      (change.before < change.after ? gaps : folds)++;
      CAPTURE(change.at);
      check(kept, change);
      Policies fresh(name);
      check(fresh, change);
      check_names(name, change, before, next.abbrev);
    }
  }
  CHECK(gaps > 500);
  CHECK(folds > 500);
}

// Seconds UTC of a local time, or nothing.
std::optional<std::int64_t> read(sp::TimeZone& zone, const std::string& local) {
  sp::ParsedTime time;
  REQUIRE(sp::parse_local_datetime(local, time));
  return zone.to_utc(time);
}

std::string utc_text(std::optional<std::int64_t> seconds) {
  if (!seconds) return "none";
  char text[sp::kMaxTimestampText];
  return {text, sp::format_utc(*seconds, "", text)};
}

// After the table, by the rule of RFC 8536: days by the calendars of 2038, 2050 and 2100.
TEST_CASE("zones: gaps and folds after the last change that the database lists") {
  struct Row {
    std::string zone, local, reject, earlier, later;
  };
  const std::string none = "none";
  const auto once = [](const char* zone, const char* local, const char* utc) {
    return Row{zone, local, utc, utc, utc};
  };
  const Row rows[] = {
      once("Europe/Sofia", "2050-07-01T12:00:00", "2050-07-01T09:00:00Z"),
      once("Europe/Sofia", "2050-01-01T12:00:00", "2050-01-01T10:00:00Z"),
      once("Europe/Sofia", "2037-12-31T23:59:59", "2037-12-31T21:59:59Z"),
      once("Europe/Sofia", "2038-01-01T00:00:00", "2037-12-31T22:00:00Z"),
      // 28 March and 31 October 2038 are Sundays
      once("Europe/Sofia", "2038-03-28T02:59:59", "2038-03-28T00:59:59Z"),
      {"Europe/Sofia", "2038-03-28T03:00:00", none, "2038-03-28T01:00:00Z", "2038-03-28T00:00:00Z"},
      {"Europe/Sofia", "2038-03-28T03:59:59", none, "2038-03-28T01:59:59Z", "2038-03-28T00:59:59Z"},
      once("Europe/Sofia", "2038-03-28T04:00:00", "2038-03-28T01:00:00Z"),
      once("Europe/Sofia", "2038-10-31T02:59:59", "2038-10-30T23:59:59Z"),
      {"Europe/Sofia", "2038-10-31T03:00:00", none, "2038-10-31T00:00:00Z", "2038-10-31T01:00:00Z"},
      once("Europe/Sofia", "2038-10-31T04:00:00", "2038-10-31T02:00:00Z"),
      // 14 March and 7 November 2100
      {"America/New_York", "2100-03-14T02:30:00", none, "2100-03-14T07:30:00Z",
       "2100-03-14T06:30:00Z"},
      {"America/New_York", "2100-11-07T01:30:00", none, "2100-11-07T05:30:00Z",
       "2100-11-07T06:30:00Z"},
      once("America/New_York", "2100-07-01T00:00:00", "2100-07-01T04:00:00Z"),
      // the southern summer goes over the year's end; half an hour
      once("Australia/Lord_Howe", "2050-01-01T00:00:00", "2049-12-31T13:00:00Z"),
      once("Australia/Lord_Howe", "2050-07-01T00:00:00", "2050-06-30T13:30:00Z"),
      {"Australia/Lord_Howe", "2050-10-02T02:15:00", none, "2050-10-01T15:45:00Z",
       "2050-10-01T15:15:00Z"},
      {"Australia/Lord_Howe", "2050-04-03T01:45:00", none, "2050-04-02T14:45:00Z",
       "2050-04-02T15:15:00Z"},
      // winter is what the rule calls daylight time
      once("Europe/Dublin", "2050-07-01T12:00:00", "2050-07-01T11:00:00Z"),
      once("Europe/Dublin", "2050-01-01T12:00:00", "2050-01-01T12:00:00Z"),
      {"Europe/Dublin", "2050-03-27T01:30:00", none, "2050-03-27T01:30:00Z",
       "2050-03-27T00:30:00Z"},
      {"Europe/Dublin", "2050-10-30T01:30:00", none, "2050-10-30T00:30:00Z",
       "2050-10-30T01:30:00Z"},
      // clocks that no longer change
      once("Asia/Kathmandu", "2050-07-01T00:00:00", "2050-06-30T18:15:00Z"),
  };
  for (const Row& row : rows) {
    CAPTURE(row.zone);
    CAPTURE(row.local);
    Policies zone(row.zone);
    for (int again = 0; again < 2; ++again) {
      CHECK(utc_text(read(zone.reject, row.local)) == row.reject);
      CHECK(utc_text(read(zone.earlier, row.local)) == row.earlier);
      CHECK(utc_text(read(zone.later, row.local)) == row.later);
    }
  }
}

// The table and the rule must say the same where both speak: the last years of the table. Every
// quarter of an hour of 2036, and of 2436, which has the same calendar.
TEST_CASE("zones: the rule repeats the table's last years") {
  constexpr std::int64_t k400Years = 12622780800;
  constexpr std::int64_t k2036 = 2082758400;
  constexpr std::int64_t kYear = 366 * 86400;
  for (const std::string name :
       {"Europe/Sofia", "America/New_York", "America/Santiago", "Asia/Jerusalem", "Africa/Cairo",
        "America/Nuuk", "Australia/Lord_Howe", "Europe/Dublin", "Pacific/Chatham", "Asia/Beirut"}) {
    CAPTURE(name);
    Policies table(name);
    Policies rule(name);
    for (std::int64_t local = k2036; local < k2036 + kYear; local += 900) {
      const auto later = [](std::optional<std::int64_t> seconds) {
        return seconds ? std::optional(*seconds + k400Years) : std::nullopt;
      };
      REQUIRE(rule.reject.to_utc(local + k400Years) == later(table.reject.to_utc(local)));
      REQUIRE(rule.earlier.to_utc(local + k400Years) == later(table.earlier.to_utc(local)));
      REQUIRE(rule.later.to_utc(local + k400Years) == later(table.later.to_utc(local)));
    }
  }
}

TEST_CASE("zones: a leap second is told by UTC") {
  struct Row {
    std::string zone, local, utc;
  };
  const Row rows[] = {
      {"Europe/Sofia", "2017-01-01T01:59:60", "2017-01-01T00:00:00Z"},
      {"Europe/Sofia", "2016-12-31T23:59:60", "none"},
      {"Europe/Sofia", "2015-07-01T02:59:60", "2015-07-01T00:00:00Z"},
      {"Europe/Sofia", "2015-07-01T01:59:60", "none"},
      {"Europe/Sofia", "2017-02-01T01:59:60", "none"},
      {"America/New_York", "2016-12-31T18:59:60", "2017-01-01T00:00:00Z"},
      {"Asia/Kathmandu", "2017-01-01T05:44:60", "2017-01-01T00:00:00Z"},
      {"UTC", "2016-12-31T23:59:60", "2017-01-01T00:00:00Z"},
      {"UTC", "2016-12-31T22:59:60", "none"},
      {"UTC", "9999-12-31T23:59:60", "none"},
      {"Europe/Sofia", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.zone);
    CAPTURE(row.local);
    sp::ParsedTime time;
    if (!sp::parse_local_datetime(row.local, time)) {
      CHECK(row.utc == "none");
      continue;
    }
    sp::TimeZone zone(row.zone);
    CHECK(utc_text(zone.to_utc(time)) == row.utc);
  }
}

TEST_CASE("rules of zones") {
  struct Row {
    std::string text;
    std::int64_t utc, begin, end, offset;
  };
  constexpr std::int64_t k2038 = 2145916800;  // 2038-01-01T00:00:00Z, a Friday
  constexpr std::int64_t kDay = 86400;
  const Row rows[] = {
      // the 60th day without and with 29 February, 02:00
      {"AAA0BBB,J60,J300", k2038 + 100 * kDay, k2038 + 59 * kDay + 7200, k2038 + 299 * kDay + 3600,
       3600},
      {"AAA0BBB,59,299", k2038 + 100 * kDay, k2038 + 59 * kDay + 7200, k2038 + 299 * kDay + 3600,
       3600},
      // 2040 is a leap year: J60 is 1 March still
      {"AAA0BBB,J60/0,J300/0", k2038 + (730 + 100) * kDay, k2038 + (730 + 60) * kDay,
       k2038 + (730 + 300) * kDay - 3600, 3600},
      {"AAA0BBB,59/0,299/0", k2038 + (730 + 100) * kDay, k2038 + (730 + 59) * kDay,
       k2038 + (730 + 299) * kDay - 3600, 3600},
      // hours before and after the day; another offset
      {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", k2038 + 100 * kDay, k2038 + 86 * kDay + 3600,
       k2038 + 303 * kDay + 3600, -3600},
      {"AAA-2:30:30BBB-4,M1.1.0/50,M12.5.0", k2038 + 100 * kDay,
       k2038 + 2 * kDay + 50 * 3600 - 9030, k2038 + 359 * kDay + 7200 - 14400, 14400},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto rule = sp::ZoneRule::parse(row.text);
    REQUIRE(rule);
    const auto span = rule->at(row.utc);
    CHECK(span.begin == row.begin);
    CHECK(span.end == row.end);
    CHECK(span.offset == row.offset);
  }
  // Daylight time all the year, as RFC 8536 writes it.
  const auto all_year = sp::ZoneRule::parse("EST5EDT,0/0,J365/25");
  REQUIRE(all_year);
  for (std::int64_t utc = k2038; utc < k2038 + 800 * kDay; utc += 3600) {
    REQUIRE(all_year->at(utc).offset == -4 * 3600);
  }
  for (const std::string wrong :
       {"", "EET", "E-2", "EET-2EEST", "EET-2EEST,M3.5.0", "EET-2EEST,M3.5.0/3,M10.5.0/4x",
        "EET-25", "EET-2EEST,M13.1.0,M10.5.0", "EET-2EEST,M3.6.0,M10.5.0", "<EET-2",
        "EET-2EEST,M3.5.7,M10.5.0", "EET-2EEST,J0,J10", "EET-2EEST,366,10",
        "EET-2EEST,M3.5.0/168,M10.5.0", "EET-2:60"}) {
    CAPTURE(wrong);
    CHECK_FALSE(sp::ZoneRule::parse(wrong));
  }
  CHECK(sp::ZoneRule::read("/usr/share/zoneinfo/Europe/Sofia"));
  CHECK_FALSE(sp::ZoneRule::read("/usr/share/zoneinfo/zone.tab"));
  CHECK_FALSE(sp::ZoneRule::read("/nonexistent"));
}

// Between the changes, too, by way of UTC: every eleventh hour of forty years.
TEST_CASE("zones: from UTC to local time and back") {
  constexpr std::int64_t kStep = 11 * 3600 + 7;
  for (const std::string name : {"Europe/Sofia", "Australia/Lord_Howe", "America/Caracas"}) {
    CAPTURE(name);
    const date::time_zone* const zone = date::locate_zone(name);
    sp::TimeZone earlier(name, sp::Dst::kEarlier);
    sp::TimeZone later(name, sp::Dst::kLater);
    sp::TimeZone named(name);
    for (std::int64_t utc = kBegin; utc < kEnd; utc += kStep) {
      const auto info = zone->get_info(date::sys_seconds(std::chrono::seconds(utc)));
      const std::int64_t local = utc + info.offset.count();
      const auto first = earlier.to_utc(local);
      const auto second = later.to_utc(local);
      REQUIRE((first == utc || second == utc));
      sp::ParsedTime time;
      time.time.seconds = local;
      REQUIRE(named.to_utc(time, info.abbrev) == utc);
    }
  }
}

}  // namespace

TEST_CASE("zones: why a local time has no place in one") {
  const sp::TimeZone sofia("Europe/Sofia"), later("Europe/Sofia", sp::Dst::kLater), utc("UTC");
  const auto why = [](const sp::TimeZone& zone, const char* text) {
    sp::ParsedTime parsed;
    REQUIRE(sp::parse_local_datetime(text, parsed));
    return zone.explain(parsed).substr(0, 12);
  };
  CHECK(why(sofia, "2017-03-26T03:30:00") == "does not exi");
  CHECK(why(sofia, "2017-10-29T03:30:00") == "exists twice");
  CHECK(why(sofia, "2060-03-28T03:30:00") == "does not exi");  // by the rule
  CHECK(why(sofia, "0001-01-01T00:00:00") == "lies outside");
  CHECK(why(later, "0001-01-01T00:00:00") == "lies outside");
  CHECK(why(utc, "2017-01-01T12:00:60") == "is no leap s");
}
