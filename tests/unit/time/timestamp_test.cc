// Dates, times and zones.
#include "sp/time/timestamp.h"

#include <doctest/doctest.h>

#include <ctime>
#include <string>
#include <string_view>

#include "sp/base/diagnostic.h"

namespace {

std::string utc(std::int64_t seconds, std::string_view fraction = "") {
  char text[sp::kMaxTimestampText];
  return {text, sp::format_utc(seconds, fraction, text)};
}

// A date-time in UTC as RFC 3339, or "local …" where it has no offset, or "none".
std::string read(std::string_view text) {
  sp::ParsedTime time;
  if (!sp::parse_datetime(text, time)) return "none";
  return (time.has_offset ? "" : "local ") + utc(time.time.seconds, time.fraction);
}

}  // namespace

TEST_CASE("date-times") {
  struct Row {
    std::string text;
    std::string result;
  };
  const Row rows[] = {
      {"2017-07-01T00:00:07", "local 2017-07-01T00:00:07Z"},
      {"2017-07-01 00:00:07", "local 2017-07-01T00:00:07Z"},
      {"2017-07-01t00:00:07z", "2017-07-01T00:00:07Z"},
      {"2017-07-01T00:00", "local 2017-07-01T00:00:00Z"},
      {"2017-07-01T00:00Z", "2017-07-01T00:00:00Z"},
      {"2017-07-01T00:00+03:00", "2017-06-30T21:00:00Z"},
      {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
      {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
      {"2017-07-01T00:00:07.123456789012Z", "2017-07-01T00:00:07.123456789012Z"},
      {"2017-07-01T00:00:07.50-00:30", "2017-07-01T00:30:07.50Z"},
      {"2017-07-01T00:00:07-00:00", "2017-07-01T00:00:07Z"},
      {"2016-02-29T00:00:00Z", "2016-02-29T00:00:00Z"},
      {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
      {"0001-01-01T00:30:00+00:30", "0001-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
      {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
      {"2015-06-30T23:59:60.25Z", "2015-07-01T00:00:00.25Z"},
      {"2017-01-01T05:44:60+05:45", "2017-01-01T00:00:00Z"},
      {"2016-12-31T23:59:60", "local 2017-01-01T00:00:00Z"},
      // what does not exist
      {"2016-11-30T23:59:60Z", "none"},
      {"2016-12-31T12:00:60Z", "none"},
      {"2016-12-31T23:59:60+01:00", "none"},
      {"2016-12-31T23:59:61Z", "none"},
      {"2017-02-29T00:00:00Z", "none"},
      {"1900-02-29T00:00:00Z", "none"},
      {"2017-04-31T00:00:00Z", "none"},
      {"2017-13-01T00:00:00Z", "none"},
      {"2017-00-01T00:00:00Z", "none"},
      {"2017-01-00T00:00:00Z", "none"},
      {"2017-01-32T00:00:00Z", "none"},
      {"2017-01-01T24:00:00Z", "none"},
      {"2017-01-01T00:60:00Z", "none"},
      {"2017-01-01T00:00:00+24:00", "none"},
      {"2017-01-01T00:00:00+00:60", "none"},
      {"0001-01-01T00:00:00+00:01", "none"},
      {"0000-12-31T23:59:59Z", "none"},
      {"9999-12-31T23:59:59-00:01", "none"},
      {"9999-12-31T23:59:60Z", "none"},
      // what is written otherwise
      {"", "none"},
      {"2017-07-01", "none"},
      {"2017-07-01T", "none"},
      {"2017-07-01T00", "none"},
      {"2017-07-01T00:0", "none"},
      {"2017-07-01T00:00:", "none"},
      {"2017-07-01T00:00:0", "none"},
      {"2017-07-01T00:00:07.", "none"},
      {"2017-07-01T00:00:07.Z", "none"},
      {"2017-07-01T00:00:07,5Z", "none"},
      {"2017-07-01T00:00:07ZZ", "none"},
      {"2017-07-01T00:00:07 Z", "none"},
      {"2017-07-01T00:00:07+03", "none"},
      {"2017-07-01T00:00:07+0300", "none"},
      {"2017-07-01T00:00:07+03:0", "none"},
      {"2017-07-01T00:00:07+03:00Z", "none"},
      {"2017-07-01  00:00:07", "none"},
      {"2017-07-01_00:00:07", "none"},
      {"2017/07/01T00:00:07", "none"},
      {"17-07-01T00:00:07Z00", "none"},
      {"2O17-07-01T00:00:07Z", "none"},
      {"2017-07-01T00.00.07Z", "none"},
      {" 2017-07-01T00:00:07Z", "none"},
      {"+2017-07-01T00:00:07", "none"},
      {"20170701T000007Z", "none"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(read(row.text) == row.result);
  }
}

TEST_CASE("no byte but a digit is taken for one") {
  const std::string good = "2017-07-01T00:00:07Z";
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = good;
      text[at] = static_cast<char>(byte);
      const bool is_digit_place = good[at] >= '0' && good[at] <= '9';
      const bool is_digit = byte >= '0' && byte <= '9';
      const bool is_separator = text[at] == good[at] ||
                                (at == 10 && (byte == ' ' || byte == 't')) ||
                                (at == 19 && byte == 'z');
      sp::ParsedTime time;
      if (is_digit_place ? !is_digit : !is_separator) CHECK_FALSE(sp::parse_datetime(text, time));
    }
  }
}

TEST_CASE("every day of the calendar, there and back, as the C library counts") {
  constexpr std::int64_t kFirst = -719162;  // 0001-01-01
  constexpr std::int64_t kLast = 2932896;   // 9999-12-31
  char text[16];
  for (std::int64_t days = kFirst; days <= kLast; ++days) {
    const std::size_t size = sp::format_date(days, text);
    std::int64_t back = 0;
    REQUIRE(sp::parse_date({text, size}, back));
    REQUIRE(back == days);
    if (days % 97 != 0) continue;
    const std::time_t seconds = days * 86400;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char expected[16];
    REQUIRE(std::strftime(expected, sizeof expected, "%m-%d", &parts) == 5);
    REQUIRE(std::string(text + 5, 5) == expected);
  }
}

TEST_CASE("dates and times of day") {
  struct Row {
    std::string text;
    bool is_one;
    std::int64_t value;
  };
  const Row dates[] = {{"1970-01-01", true, 0},   {"2017-07-01", true, 17348},
                       {"1969-12-31", true, -1},  {"2017-02-29", false, 0},
                       {"2017-7-1", false, 0},    {"2017-07-01 ", false, 0},
                       {"2017-07-01T", false, 0}, {"", false, 0}};
  for (const Row& row : dates) {
    CAPTURE(row.text);
    std::int64_t days = 0;
    CHECK(sp::parse_date(row.text, days) == row.is_one);
    if (row.is_one) CHECK(days == row.value);
  }
  const Row times[] = {{"00:00:00", true, 0},
                       {"00:00:01.5", true, 1'500'000'000},
                       {"23:59:59.9999999999", true, 86'399'999'999'999},
                       {"23:59:60", false, 0},
                       {"24:00:00", false, 0},
                       {"12:60:00", false, 0},
                       {"12:30", false, 0},
                       {"12:30:00Z", false, 0},
                       {"12:30:0", false, 0},
                       {"12-30-00", false, 0}};
  for (const Row& row : times) {
    CAPTURE(row.text);
    std::int64_t nanos = 0;
    CHECK(sp::parse_time_of_day(row.text, nanos) == row.is_one);
    if (row.is_one) CHECK(nanos == row.value);
  }
}

TEST_CASE("zones: gaps, folds and what lies beside them") {
  struct Row {
    std::string zone;
    std::string local;
    std::string reject;
    std::string earlier;
    std::string later;
  };
  const Row rows[] = {
      {"UTC", "2017-03-26T03:30:00", "2017-03-26T03:30:00Z", "2017-03-26T03:30:00Z",
       "2017-03-26T03:30:00Z"},
      {"Europe/Sofia", "2017-07-01T00:00:07", "2017-06-30T21:00:07Z", "2017-06-30T21:00:07Z",
       "2017-06-30T21:00:07Z"},
      {"Europe/Sofia", "2017-01-01T00:00:00", "2016-12-31T22:00:00Z", "2016-12-31T22:00:00Z",
       "2016-12-31T22:00:00Z"},
      {"Europe/Sofia", "2017-03-26T02:59:59", "2017-03-26T00:59:59Z", "2017-03-26T00:59:59Z",
       "2017-03-26T00:59:59Z"},
      {"Europe/Sofia", "2017-03-26T03:00:00", "none", "2017-03-26T01:00:00Z",
       "2017-03-26T00:00:00Z"},
      {"Europe/Sofia", "2017-03-26T03:59:59", "none", "2017-03-26T01:59:59Z",
       "2017-03-26T00:59:59Z"},
      {"Europe/Sofia", "2017-03-26T04:00:00", "2017-03-26T01:00:00Z", "2017-03-26T01:00:00Z",
       "2017-03-26T01:00:00Z"},
      {"Europe/Sofia", "2017-10-29T02:59:59", "2017-10-28T23:59:59Z", "2017-10-28T23:59:59Z",
       "2017-10-28T23:59:59Z"},
      {"Europe/Sofia", "2017-10-29T03:00:00", "none", "2017-10-29T00:00:00Z",
       "2017-10-29T01:00:00Z"},
      {"Europe/Sofia", "2017-10-29T04:00:00", "2017-10-29T02:00:00Z", "2017-10-29T02:00:00Z",
       "2017-10-29T02:00:00Z"},
      {"America/New_York", "2017-03-12T02:30:00", "none", "2017-03-12T07:30:00Z",
       "2017-03-12T06:30:00Z"},
      {"Australia/Lord_Howe", "2017-10-01T02:15:00", "none", "2017-09-30T15:45:00Z",
       "2017-09-30T15:15:00Z"},
      {"Asia/Kathmandu", "2017-01-01T00:00:00", "2016-12-31T18:15:00Z", "2016-12-31T18:15:00Z",
       "2016-12-31T18:15:00Z"},
      {"Pacific/Apia", "2011-12-30T12:00:00", "none", "2011-12-30T22:00:00Z",
       "2011-12-29T22:00:00Z"},
      {"Europe/Sofia", "2040-07-01T00:00:00", "2040-06-30T21:00:00Z", "2040-06-30T21:00:00Z",
       "2040-06-30T21:00:00Z"},
      {"Asia/Kathmandu", "2040-07-01T00:00:00", "2040-06-30T18:15:00Z", "2040-06-30T18:15:00Z",
       "2040-06-30T18:15:00Z"},
      {"Asia/Kathmandu", "0001-01-01T00:00:00", "none", "none", "none"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.zone);
    CAPTURE(row.local);
    sp::ParsedTime time;
    REQUIRE(sp::parse_datetime(row.local, time));
    const auto convert = [&](sp::Dst dst) {
      sp::TimeZone zone(row.zone, dst);
      const auto seconds = zone.to_utc(time.time.seconds);
      return seconds ? utc(*seconds) : std::string("none");
    };
    CHECK(convert(sp::Dst::kReject) == row.reject);
    CHECK(convert(sp::Dst::kEarlier) == row.earlier);
    CHECK(convert(sp::Dst::kLater) == row.later);
  }
}

TEST_CASE("a zone's cache changes nothing: a year of hours, forwards and at random") {
  sp::TimeZone cached("Europe/Sofia", sp::Dst::kEarlier);
  for (std::int64_t i = 0; i < 9000; ++i) {
    const std::int64_t hour = i % 2 == 0 ? i : (i * 7919) % 9000;
    const std::int64_t local = 1483228800 + hour * 3600;
    sp::TimeZone fresh("Europe/Sofia", sp::Dst::kEarlier);
    REQUIRE(cached.to_utc(local) == fresh.to_utc(local));
  }
}

TEST_CASE("zones that do not exist") {
  for (const std::string name :
       {"", "Mars/Base", "../../etc/passwd", "/etc/localtime", "europe/sofia"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(sp::TimeZone(name, sp::Dst::kReject), sp::Error);
  }
  CHECK(sp::TimeZone("UTC").is_utc());
  CHECK_FALSE(sp::TimeZone("Europe/Sofia").is_utc());
}
