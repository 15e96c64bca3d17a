// Patterns of dates and times, counts since 1970, and days that end with 24:00.
#include "sp/time/time_format.h"

#include <doctest/doctest.h>

#include <span>
#include <string>
#include <string_view>

#include "sp/base/diagnostic.h"

namespace {

using sp::TimeKind;

struct Row {
  std::string format;
  TimeKind kind;
  std::string text;
  std::string result;  // of read_as()
};

// In UTC as RFC 3339, or "local …" where it has no offset, or "none".
std::string read_as(const std::string& format, TimeKind kind, std::string_view text,
                    bool hour24 = false) {
  sp::ParsedTime time;
  const sp::TimeFormat reader(format, kind, hour24);
  if (!reader.parse(text, time)) return "none";
  char utc[sp::kMaxTimestampText];
  const std::size_t size = sp::format_utc(time.time.seconds, time.fraction, utc);
  return (time.has_offset ? "" : "local ") + std::string(utc, size);
}

void check(std::span<const Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.format);
    CAPTURE(row.text);
    CHECK(read_as(row.format, row.kind, row.text) == row.result);
  }
}

TEST_CASE("patterns of dates and times") {
  const Row rows[] = {
      {"default", TimeKind::kDatetime, "2017-07-01T00:00:07Z", "2017-07-01T00:00:07Z"},
      {"any", TimeKind::kDate, "2017-07-01", "local 2017-07-01T00:00:00Z"},
      {"default", TimeKind::kTime, "12:30:01.25", "local 1970-01-01T12:30:01.25Z"},
      {"%d.%m.%Y", TimeKind::kDate, "01.07.2017", "local 2017-07-01T00:00:00Z"},
      {"%d.%m.%Y", TimeKind::kDate, "1.7.2017", "local 2017-07-01T00:00:00Z"},
      {"%d.%m.%Y", TimeKind::kDate, "31.6.2017", "none"},
      {"%d.%m.%Y", TimeKind::kDate, "1.7.17", "none"},
      {"%d.%m.%Y", TimeKind::kDate, "1.7.2017 ", "none"},
      {"%d.%m.%Y", TimeKind::kDate, "1-7-2017", "none"},
      {"%y%m%d", TimeKind::kDate, "170701", "local 2017-07-01T00:00:00Z"},
      {"%y%m%d", TimeKind::kDate, "690101", "local 1969-01-01T00:00:00Z"},
      {"%y%m%d", TimeKind::kDate, "681231", "local 2068-12-31T00:00:00Z"},
      {"%d %b %Y", TimeKind::kDate, "1 jUL 2017", "local 2017-07-01T00:00:00Z"},
      {"%d %b %Y", TimeKind::kDate, "1 Jux 2017", "none"},
      {"%Y-%j", TimeKind::kDate, "2016-366", "local 2016-12-31T00:00:00Z"},
      {"%Y-%j", TimeKind::kDate, "2017-366", "none"},
      {"%Y-%j", TimeKind::kDate, "2017-0", "none"},
      {"%Y-%j", TimeKind::kDate, "2017-60", "local 2017-03-01T00:00:00Z"},
      {"%H:%M", TimeKind::kTime, "9:05", "local 1970-01-01T09:05:00Z"},
      {"%H:%M", TimeKind::kTime, "24:00", "none"},
      {"%H%M%S", TimeKind::kTime, "235960", "none"},
      {"%d/%m/%Y %H:%M:%S", TimeKind::kDatetime, "01/07/2017 00:00:07",
       "local 2017-07-01T00:00:07Z"},
      {"%Y-%m-%dT%H:%M:%S.%f%z", TimeKind::kDatetime, "2017-07-01T00:00:07.1234567890+0300",
       "2017-06-30T21:00:07.1234567890Z"},
      {"%Y-%m-%dT%H:%M:%S%z", TimeKind::kDatetime, "2017-07-01T00:00:07Z", "2017-07-01T00:00:07Z"},
      {"%Y-%m-%dT%H:%M:%S%z", TimeKind::kDatetime, "2017-07-01T00:00:07-03:30",
       "2017-07-01T03:30:07Z"},
      {"%Y-%m-%dT%H:%M:%S%z", TimeKind::kDatetime, "2017-07-01T00:00:07", "none"},
      {"%Y%m%d %H h %%", TimeKind::kDatetime, "20170701 12 h %", "local 2017-07-01T12:00:00Z"},
      {"%Y%m%d%H", TimeKind::kDatetime, "0001010100", "local 0001-01-01T00:00:00Z"},
      // Numbers that touch have all their digits.
      {"%H%M", TimeKind::kTime, "100", "none"},
      {"%H%M", TimeKind::kTime, "0100", "local 1970-01-01T01:00:00Z"},
      {"%H%M%S", TimeKind::kTime, "13015", "none"},
      {"%H%M:%S", TimeKind::kTime, "0130:5", "local 1970-01-01T01:30:05Z"},
      {"%Y%m%d", TimeKind::kDate, "2024111", "none"},
      {"%m%d%Y", TimeKind::kDate, "1112024", "none"},
      {"%Y%j", TimeKind::kDate, "202460", "none"},
      {"%Y%j", TimeKind::kDate, "2024060", "local 2024-02-29T00:00:00Z"},
      {"%Y%m%d %H%M", TimeKind::kDatetime, "20240101 130", "none"},
      {"%d%b%Y", TimeKind::kDate, "1jan2024", "local 2024-01-01T00:00:00Z"},
      {"%S%f%M%H", TimeKind::kTime, "0512", "none"},
      // Their leading zeros may be missing where the pattern says so.
      {"%-H%M", TimeKind::kTime, "100", "local 1970-01-01T01:00:00Z"},
      {"%-H%M", TimeKind::kTime, "0100", "local 1970-01-01T01:00:00Z"},
      {"%-H%M", TimeKind::kTime, "5", "local 1970-01-01T00:05:00Z"},
      {"%-H%M", TimeKind::kTime, "2359", "local 1970-01-01T23:59:00Z"},
      {"%-H%M", TimeKind::kTime, "60", "none"},
      {"%-H%M", TimeKind::kTime, "", "none"},
      {"%-H%M", TimeKind::kTime, "01000", "none"},
      {"%-H%M%S", TimeKind::kTime, "13015.25", "local 1970-01-01T01:30:15.25Z"},
      {"%Y%m%d %-H%M", TimeKind::kDatetime, "20240101 130", "local 2024-01-01T01:30:00Z"},
      {"%-m%d%Y", TimeKind::kDate, "1112024", "local 2024-01-11T00:00:00Z"},
      {"%-Y%j", TimeKind::kDate, "2024000", "none"},
      {"%-M%I %p", TimeKind::kTime, "1500 AM", "none"},
      {"%-d.%m.%Y", TimeKind::kDate, "1.1.2024", "local 2024-01-01T00:00:00Z"},
      // A second may have a fraction, unless the pattern says where it is.
      {"%H:%M:%S", TimeKind::kTime, "12:30:01.5", "local 1970-01-01T12:30:01.5Z"},
      {"%H:%M:%S", TimeKind::kTime, "12:30:01,25", "local 1970-01-01T12:30:01.25Z"},
      {"%H:%M:%S", TimeKind::kTime, "12:30:01.", "none"},
      {"%H:%M:%S.", TimeKind::kTime, "12:30:01.5.", "none"},
      {"%H:%M:%S.%f", TimeKind::kTime, "12:30:01", "none"},
      {"%Y-%m-%dT%H:%M:%S%z", TimeKind::kDatetime, "2017-07-01T00:00:07.5Z",
       "2017-07-01T00:00:07.5Z"},
      // Parts that may be missing.
      {"%Y-%m-%d%[ %H:%M:%S%]", TimeKind::kDatetime, "2024-01-02", "local 2024-01-02T00:00:00Z"},
      {"%Y-%m-%d%[ %H:%M:%S%]", TimeKind::kDatetime, "2024-01-02 03:04:05",
       "local 2024-01-02T03:04:05Z"},
      {"%Y-%m-%d%[ %H:%M:%S%]", TimeKind::kDatetime, "2024-01-02 ", "none"},
      {"%Y-%m-%d%[ %H:%M%]%[%z%]", TimeKind::kDatetime, "2024-01-02Z", "2024-01-02T00:00:00Z"},
      {"%H%[%M%]", TimeKind::kTime, "1230", "local 1970-01-01T12:30:00Z"},
      {"%H%[%M%]", TimeKind::kTime, "9", "local 1970-01-01T09:00:00Z"},
      // Names of months and days.
      {"%a, %d %B %Y", TimeKind::kDate, "Mon, 1 january 2024", "local 2024-01-01T00:00:00Z"},
      {"%A %d %b %Y", TimeKind::kDate, "monday 1 September 2025", "local 2025-09-01T00:00:00Z"},
      {"%a %d %b %Y", TimeKind::kDate, "Tue 1 Sept 2025", "none"},
      {"%a %d.%m.%Y", TimeKind::kDate, "Tue 01.01.2024", "none"},
      {"%a %Y-%j", TimeKind::kDate, "Wed 1969-365", "local 1969-12-31T00:00:00Z"},
      {"%I:%M %p", TimeKind::kTime, "12:00 AM", "local 1970-01-01T00:00:00Z"},
      {"%I:%M %p", TimeKind::kTime, "1:30 am", "local 1970-01-01T01:30:00Z"},
      {"%I:%M %p", TimeKind::kTime, "12:30 PM", "local 1970-01-01T12:30:00Z"},
      {"%I:%M %p", TimeKind::kTime, "11:59 p.m.", "local 1970-01-01T23:59:00Z"},
      {"%I:%M%p", TimeKind::kTime, "1:30p", "local 1970-01-01T13:30:00Z"},
      {"%I:%M%p", TimeKind::kTime, "12:30A", "local 1970-01-01T00:30:00Z"},
      {"%p %I", TimeKind::kTime, "PM 7", "local 1970-01-01T19:00:00Z"},
      {"%I:%M %p", TimeKind::kTime, "0:30 AM", "none"},
      {"%I:%M %p", TimeKind::kTime, "13:30 PM", "none"},
      {"%I:%M %p", TimeKind::kTime, "1:30 XM", "none"},
      {"%I:%M %p", TimeKind::kTime, "1:30 ", "none"},
      {"%I:%M %p", TimeKind::kTime, "1:30 p.m", "none"},
      {"%I:%M %p", TimeKind::kTime, "1:30 pmm", "none"},
      {"%m/%d/%y %I:%M:%S %p", TimeKind::kDatetime, "07/01/23 01:30:00 PM",
       "local 2023-07-01T13:30:00Z"},
  };
  check(rows);
}

TEST_CASE("24:00 ends its day where the field says so, and is no time elsewhere") {
  const Row rows[] = {
      {"default", TimeKind::kDatetime, "2023-12-31T24:00", "local 2024-01-01T00:00:00Z"},
      {"default", TimeKind::kDatetime, "2024-02-28 24:00:00", "local 2024-02-29T00:00:00Z"},
      {"default", TimeKind::kDatetime, "2023-12-31T24:00:00.00Z", "2024-01-01T00:00:00.00Z"},
      {"default", TimeKind::kDatetime, "2023-12-31T24:00+01:00", "2023-12-31T23:00:00Z"},
      {"default", TimeKind::kDatetime, "2023-12-31T24:00:00.01", "none"},
      {"default", TimeKind::kDatetime, "2023-12-31T24:00:01", "none"},
      {"default", TimeKind::kDatetime, "2023-12-31T24:01", "none"},
      {"default", TimeKind::kDatetime, "2023-12-31T25:00", "none"},
      {"default", TimeKind::kDatetime, "2023-12-32T24:00", "none"},
      {"default", TimeKind::kDatetime, "9999-12-31T24:00", "none"},
      {"default", TimeKind::kTime, "24:00:00", "local 1970-01-02T00:00:00Z"},
      {"default", TimeKind::kTime, "24:00:00.0", "local 1970-01-02T00:00:00.0Z"},
      {"default", TimeKind::kTime, "24:00:01", "none"},
      {"default", TimeKind::kTime, "24:00:00.1", "none"},
      {"%H:%M", TimeKind::kTime, "24:00", "local 1970-01-02T00:00:00Z"},
      {"%H:%M", TimeKind::kTime, "24:01", "none"},
      {"%H:%M", TimeKind::kTime, "25:00", "none"},
      {"%d.%m.%Y %H:%M:%S", TimeKind::kDatetime, "31.12.2023 24:00:00",
       "local 2024-01-01T00:00:00Z"},
      {"%d.%m.%Y %H:%M:%S", TimeKind::kDatetime, "31.12.2023 24:00:01", "none"},
      {"%d.%m.%Y %H:%M:%S.%f", TimeKind::kDatetime, "31.12.2023 24:00:00.5", "none"},
      {"%d.%m.%Y %H:%M", TimeKind::kDatetime, "31.12.9999 24:00", "none"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.format);
    CAPTURE(row.text);
    CHECK(read_as(row.format, row.kind, row.text, true) == row.result);
    CHECK(read_as(row.format, row.kind, row.text) == "none");
  }
  CHECK(read_as("default", TimeKind::kDatetime, "2023-12-31T23:59", true) ==
        "local 2023-12-31T23:59:00Z");
}

TEST_CASE("counts since 1970") {
  const Row rows[] = {
      {"epoch-seconds", TimeKind::kDatetime, "1498867207", "2017-07-01T00:00:07Z"},
      {"epoch-seconds", TimeKind::kDatetime, "0", "1970-01-01T00:00:00Z"},
      {"epoch-seconds", TimeKind::kDatetime, "0001498867207", "2017-07-01T00:00:07Z"},
      {"epoch-seconds", TimeKind::kDatetime, "1498867207.5", "2017-07-01T00:00:07.5Z"},
      {"epoch-seconds", TimeKind::kDatetime, "1498867207.123456789012",
       "2017-07-01T00:00:07.123456789012Z"},
      {"epoch-seconds", TimeKind::kDatetime, "-1", "1969-12-31T23:59:59Z"},
      {"epoch-seconds", TimeKind::kDatetime, "-0.25", "1969-12-31T23:59:59.75Z"},
      {"epoch-seconds", TimeKind::kDatetime, "-1.250", "1969-12-31T23:59:58.750Z"},
      {"epoch-seconds", TimeKind::kDatetime, "-1.00", "1969-12-31T23:59:59.00Z"},
      {"epoch-seconds", TimeKind::kDatetime, "253402300799", "9999-12-31T23:59:59Z"},
      {"epoch-seconds", TimeKind::kDatetime, "253402300800", "none"},
      {"epoch-seconds", TimeKind::kDatetime, "-62135596800", "0001-01-01T00:00:00Z"},
      {"epoch-seconds", TimeKind::kDatetime, "-62135596801", "none"},
      {"epoch-seconds", TimeKind::kDatetime, "-62135596800.5", "none"},
      {"epoch-seconds", TimeKind::kDatetime, "99999999999999999999999999", "none"},
      {"epoch-milliseconds", TimeKind::kDatetime, "1498867207250", "2017-07-01T00:00:07.250Z"},
      {"epoch-milliseconds", TimeKind::kDatetime, "1498867207000", "2017-07-01T00:00:07.000Z"},
      {"epoch-milliseconds", TimeKind::kDatetime, "1498867207250.5", "2017-07-01T00:00:07.2505Z"},
      {"epoch-milliseconds", TimeKind::kDatetime, "7", "1970-01-01T00:00:00.007Z"},
      {"epoch-milliseconds", TimeKind::kDatetime, "-1500", "1969-12-31T23:59:58.500Z"},
      {"epoch-milliseconds", TimeKind::kDatetime, "-1", "1969-12-31T23:59:59.999Z"},
      {"epoch-milliseconds", TimeKind::kDatetime, "253402300799999", "9999-12-31T23:59:59.999Z"},
      {"epoch-milliseconds", TimeKind::kDatetime, "253402300800000", "none"},
      {"epoch-microseconds", TimeKind::kDatetime, "1498867207000001",
       "2017-07-01T00:00:07.000001Z"},
      {"epoch-nanoseconds", TimeKind::kDatetime, "1498867207000000001",
       "2017-07-01T00:00:07.000000001Z"},
      {"epoch-nanoseconds", TimeKind::kDatetime, "9999999999999999999",
       "2286-11-20T17:46:39.999999999Z"},
      {"epoch-seconds", TimeKind::kDatetime, "", "none"},
      {"epoch-seconds", TimeKind::kDatetime, "-", "none"},
      {"epoch-seconds", TimeKind::kDatetime, "+1", "none"},
      {"epoch-seconds", TimeKind::kDatetime, "--1", "none"},
      {"epoch-seconds", TimeKind::kDatetime, "1.", "none"},
      {"epoch-seconds", TimeKind::kDatetime, ".5", "none"},
      {"epoch-seconds", TimeKind::kDatetime, "1.5.5", "none"},
      {"epoch-seconds", TimeKind::kDatetime, "1e9", "none"},
      {"epoch-seconds", TimeKind::kDatetime, " 1", "none"},
      {"epoch-seconds", TimeKind::kDatetime, "1 ", "none"},
      {"epoch-seconds", TimeKind::kDatetime, "0x10", "none"},
      {"epoch-seconds", TimeKind::kDatetime, "nan", "none"},
      {"epoch-seconds", TimeKind::kDatetime, "2017-07-01T00:00:07Z", "none"},
  };
  check(rows);
  sp::ParsedTime time;
  REQUIRE(sp::TimeFormat("epoch-seconds", sp::TimeKind::kDatetime).parse("-0.25", time));
  CHECK(time.time == sp::Timestamp{-1, 750'000'000});
}

TEST_CASE("patterns that are refused") {
  struct Refusal {
    std::string format;
    TimeKind kind;
    std::string reason;
  };
  const Refusal rows[] = {
      {"rfc822", TimeKind::kDate, "is not supported"},
      {"epoch-seconds", TimeKind::kDate, "of the type datetime only"},
      {"epoch", TimeKind::kDatetime, "epoch-seconds or epoch-milliseconds"},
      {"%Y-%m", TimeKind::kDate, "does not name year, month and day"},
      {"%d.%m", TimeKind::kDate, "does not name year, month and day"},
      {"%Y-%m-%d", TimeKind::kDatetime, "does not name the hour"},
      {"%Y-%m-%d %k", TimeKind::kDatetime, "has %k"},
      {"%Y-%m-%d %I", TimeKind::kDatetime, "need each other"},
      {"%Y-%m-%d %H %p", TimeKind::kDatetime, "in two ways"},
      {"%H %I %p", TimeKind::kTime, "in two ways"},
      {"%Y-%m-%d %p", TimeKind::kDatetime, "does not name the hour"},
      {"%Y-%m-%d %p", TimeKind::kDate, "parts of a time"},
      {"%M:%S", TimeKind::kTime, "does not name the hour"},
      {"%Y-%m-%d %H", TimeKind::kDate, "parts of a time"},
      {"%Y-%m-%d%z", TimeKind::kDate, "has %z"},
      {"%d %H:%M", TimeKind::kTime, "parts of a date"},
      {"%Y-%m-%d %Y", TimeKind::kDate, "has %Y twice"},
      {"%Y %y-%m-%d", TimeKind::kDate, "in two ways"},
      {"%Y-%m-%j", TimeKind::kDate, "in two ways"},
      {"%Y-%m-%d%", TimeKind::kDate, "lone %"},
  };
  for (const Refusal& row : rows) {
    CAPTURE(row.format);
    CHECK_THROWS_WITH_AS(sp::TimeFormat(row.format, row.kind),
                         doctest::Contains(row.reason.c_str()), sp::Error);
  }
}

}  // namespace
