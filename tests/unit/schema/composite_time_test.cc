// Date-times that stand in several columns.
#include "sp/schema/composite_time.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

#include "sp/base/diagnostic.h"
#include "sp/schema/schema.h"
#include "sp/table/formats.h"
#include "sp/table/record_reader.h"

namespace {

using Result = sp::CompositeTime::Result;

struct Part {
  std::string role, format = "default";
  bool hour24 = false;
};

std::vector<Part> plain(const std::string& roles) {
  std::vector<Part> parts;
  std::istringstream words(roles);
  for (std::string word; words >> word;) parts.push_back({word});
  return parts;
}

sp::CompositeTime make(const std::vector<Part>& parts, const sp::Field& zone) {
  std::vector<sp::TimePart> columns;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    sp::Field field;
    field.format = parts[i].format;
    field.hour24 = parts[i].hour24;
    columns.push_back({parts[i].role, i, field, sp::MissingValues({"", "-"})});
  }
  return {zone, columns};
}

// The time in UTC, "missing", or "wrong" and the part to blame, if there is one.
std::string read(sp::CompositeTime& time, const std::string& row) {
  std::string text = "a;b;c;d;e;f\n" + row + "\n";
  sp::ReadOptions options;
  options.delimiter = ';';
  const auto reader = sp::open_reader(sp::memory_source(text), options);
  sp::Record record;
  REQUIRE(reader->next(record));
  sp::ParsedTime parsed;
  switch (time.read(record, parsed)) {
    case Result::kMissing:
      return "missing";
    case Result::kWrong:
      return time.wrong_part() ? "wrong " + time.wrong_part()->role : "wrong";
    case Result::kTime:
      break;
  }
  char buffer[sp::kMaxTimestampText];
  return {buffer, sp::format_utc(parsed.time.seconds, parsed.fraction, buffer)};
}

sp::Field zone(const std::string& name, sp::Dst dst = sp::Dst::kReject) {
  sp::Field field;
  field.timezone = name;
  field.dst = dst;
  return field;
}

// What follows the last semicolon of the explanation, with it.
std::string advice(const sp::CompositeTime& time) {
  const std::string text = time.explain("ts");
  const std::size_t at = text.find("; ");
  return at == std::string::npos ? "" : text.substr(at);
}

TEST_CASE("composite date-times") {
  struct Row {
    std::vector<Part> parts;
    std::string row;
    std::string expected;
  };
  const std::vector<Part> german = {{"date", "%d.%m.%Y"}, {"time", "%H.%M"}};
  const Row rows[] = {
      {plain("date time"), "2017-07-01;03:00:07", "2017-07-01T03:00:07Z"},
      {plain("date time"), "2017-07-01;03:00", "2017-07-01T03:00:00Z"},
      {plain("date time"), "2017-07-01;3:00", "2017-07-01T03:00:00Z"},
      {plain("date time"), "2017-07-01;03:00:07.1250", "2017-07-01T03:00:07.1250Z"},
      {plain("date time"), "2017-07-01;03:00:07Z", "2017-07-01T03:00:07Z"},
      {plain("date time"), "2017-07-01;03:00:07+03:00", "2017-07-01T00:00:07Z"},
      {plain("date time"), "2016-12-31;23:59:60", "2017-01-01T00:00:00Z"},
      {plain("time date"), "03:00:07;2017-07-01", "2017-07-01T03:00:07Z"},
      {plain("date time"), "2017-07-01;24:00", "wrong time"},
      {plain("date time"), "2017-07-01;", "missing"},
      {plain("date time"), "-;03:00", "missing"},
      {plain("date time"), "2017-02-29;03:00", "wrong date"},
      {plain("date time"), "01.07.2017;03:00", "wrong date"},
      {plain("date time"), "2017-07-01;3", "wrong time"},
      {plain("date time"), "2017-07-01;0300", "wrong time"},
      {plain("date time"), "2017-07-01;T03:00", "wrong time"},
      {plain("date time"), "2017-07-01;03:00 ", "wrong time"},
      {german, "01.07.2017;03.05", "2017-07-01T03:05:00Z"},
      {german, "1.7.2017;3.5", "2017-07-01T03:05:00Z"},
      {german, "31.6.2017;03.05", "wrong date"},
      {german, "01.07.2017;03:05", "wrong time"},
      {german, "01.07.2017;24.00", "wrong time"},
      {{{"date"}, {"time", "%H:%M:%S.%f"}}, "2017-07-01;03:05:07.25", "2017-07-01T03:05:07.25Z"},
      {plain("date hour"), "2017-07-01;7", "2017-07-01T07:00:00Z"},
      {plain("date hour minute"), "2017-07-01;07;5", "2017-07-01T07:05:00Z"},
      {plain("year month day hour"), "2017;7;1;0", "2017-07-01T00:00:00Z"},
      {plain("year month day hour minute"), "2017;07;01;23;59", "2017-07-01T23:59:00Z"},
      {plain("year month day hour minute second"), "2017;12;31;23;59;7", "2017-12-31T23:59:07Z"},
      {plain("year month day hour minute second"), "2017;12;31;23;59;7.50",
       "2017-12-31T23:59:07.50Z"},
      {plain("second minute hour day month year"), "7;59;23;31;12;2017", "2017-12-31T23:59:07Z"},
      {plain("year month day time"), "2017;7;1;03:05", "2017-07-01T03:05:00Z"},
      {plain("year day_of_year hour"), "2016;366;5", "2016-12-31T05:00:00Z"},
      {plain("year day_of_year hour"), "2016;060;5", "2016-02-29T05:00:00Z"},
      {plain("year day_of_year hour"), "2017;366;5", "wrong day_of_year"},
      {plain("year day_of_year hour"), "2017;0;5", "wrong day_of_year"},
      {plain("year month day hour"), "2017;2;29;0", "wrong day"},
      {plain("year month day hour"), "2017;13;1;0", "wrong month"},
      {plain("year month day hour"), "2017;7;1;24", "wrong hour"},
      {plain("year month day hour"), "2017;7;1;", "missing"},
      {plain("year month day hour"), "17;7;1;0", "wrong year"},
      {plain("year month day hour"), "2017;007;1;0", "wrong month"},
      {plain("year month day hour"), "2017;7;1.0;0", "wrong day"},
      {plain("year month day hour"), "2017;7;-1;0", "wrong day"},
      {plain("year month day hour"), "2017;7; 1;0", "wrong day"},
      {plain("year month day hour minute"), "2017;7;1;0;60", "wrong minute"},
      {plain("year month day hour minute second"), "2017;7;1;0;0;", "missing"},
      {plain("year month day hour minute second"), "2017;7;1;0;0;.5", "wrong second"},
      {plain("year month day hour minute second"), "2017;7;1;0;0;5+03:00", "2017-06-30T21:00:05Z"},
      {plain("date"), "2017-07-01", "2017-07-01T00:00:00Z"},
      {plain("year month day"), "2017;7;1", "2017-07-01T00:00:00Z"},
      {plain("year month day"), "2017;2;29", "wrong day"},
      {plain("year day_of_year"), "2016;366", "2016-12-31T00:00:00Z"},
      {{{"date", "%m/%d/%y"}, {"time", "%I:%M%p"}}, "7/1/17;1:30p", "2017-07-01T13:30:00Z"},
      {{{"date"}, {"time", "%H:%M", true}}, "2017-12-31;24:00", "2018-01-01T00:00:00Z"},
      {{{"date"}, {"time", "default", true}}, "2017-12-31;24:00", "2018-01-01T00:00:00Z"},
      {{{"date"}, {"time", "%H:%M", true}}, "2017-12-31;24:01", "wrong time"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.row);
    sp::CompositeTime time = make(row.parts, zone("UTC"));
    CHECK(read(time, row.row) == row.expected);
  }
}

TEST_CASE("composite date-times in a zone with gaps and folds") {
  struct Row {
    sp::Dst dst;
    std::string row;
    std::string expected;
  };
  const Row rows[] = {
      {sp::Dst::kReject, "2017-07-01;03:00", "2017-07-01T00:00:00Z"},
      {sp::Dst::kReject, "2017-03-26;03:30", "wrong"},
      {sp::Dst::kEarlier, "2017-03-26;03:30", "2017-03-26T01:30:00Z"},
      {sp::Dst::kLater, "2017-03-26;03:30", "2017-03-26T00:30:00Z"},
      {sp::Dst::kReject, "2017-10-29;03:30", "wrong"},
      {sp::Dst::kEarlier, "2017-10-29;03:30", "2017-10-29T00:30:00Z"},
      {sp::Dst::kLater, "2017-10-29;03:30", "2017-10-29T01:30:00Z"},
      {sp::Dst::kReject, "2017-10-29;03:30:00+02:00", "2017-10-29T01:30:00Z"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.row);
    sp::CompositeTime time = make(plain("date time"), zone("Europe/Sofia", row.dst));
    CHECK(read(time, row.row) == row.expected);
  }
}

TEST_CASE("a date-time in one column") {
  struct Row {
    std::string format, row, expected;
  };
  const Row rows[] = {
      {"default", "2024-11-03 03:30", "2024-11-03T08:30:00Z"},
      {"any", "2024-11-03T03:30:07.250", "2024-11-03T08:30:07.250Z"},
      {"default", "2024-11-03T03:30Z", "2024-11-03T03:30:00Z"},
      {"default", "2016-12-31 18:59:60.5", "2017-01-01T00:00:00.5Z"},
      {"default", "2016-12-31 23:59:60", "wrong"},
      {"default", "2024-11-03 01:30", "wrong"},  // twice
      {"default", "2024-02-30 01:30", "wrong datetime"},
      {"default", "2024-11-03x01:30", "wrong datetime"},
      {"default", "2024-11-03", "wrong datetime"},
      {"default", "-", "missing"},
      {"%d.%m.%Y %H:%M:%S", "3.11.2024 3:30:07", "2024-11-03T08:30:07Z"},
      {"%d.%m.%Y %H:%M:%S", "31.12.2016 18:59:60", "2017-01-01T00:00:00Z"},
      {"%d.%m.%Y %H:%M:%S", "30.12.2016 18:59:60", "wrong"},
      {"%d.%m.%Y %H:%M:%S", "31.2.2024 3:30:07", "wrong datetime"},
      {"%Y-%m-%d %H:%M:%S.%f %z", "2024-11-03 03:30:07.125 +0200", "2024-11-03T01:30:07.125Z"},
      {"epoch-seconds", "1498867207.5", "2017-07-01T00:00:07.5Z"},
      {"epoch-seconds", "-1.25", "1969-12-31T23:59:58.75Z"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.row);
    sp::CompositeTime time = make({{"datetime", row.format}}, zone("America/New_York"));
    CHECK(read(time, row.row) == row.expected);
  }
}

TEST_CASE("a column says how far a local time is from UTC") {
  using sp::Dst;
  struct Row {
    std::string zone, row, reject, earlier, later;
  };
  const auto any = [](const char* zone, const char* row, const char* expected) {
    return Row{zone, row, expected, expected, expected};
  };
  const std::string york = "America/New_York", sofia = "Europe/Sofia";
  const Row rows[] = {
      // a fold: the abbreviation chooses
      any("America/New_York", "2024-11-03 01:30;EDT", "2024-11-03T05:30:00Z"),
      any("America/New_York", "2024-11-03 01:30;EST", "2024-11-03T06:30:00Z"),
      any("America/New_York", "2024-11-03 00:59;EDT", "2024-11-03T04:59:00Z"),
      any("America/New_York", "2024-11-03 00:59;EST", "wrong offset"),
      any("America/New_York", "2024-11-03 02:00;EST", "2024-11-03T07:00:00Z"),
      any("America/New_York", "2024-11-03 02:00;EDT", "wrong offset"),
      any("America/New_York", "2024-12-01T01:30;EST", "2024-12-01T06:30:00Z"),
      any("America/New_York", "2024-12-01T01:30;EDT", "wrong offset"),
      any("America/New_York", "2024-07-01T01:30;EDT", "2024-07-01T05:30:00Z"),
      any("America/New_York", "2024-07-01T01:30;EST", "wrong offset"),
      any("America/New_York", "2024-07-01T01:30;edt", "wrong offset"),
      any("America/New_York", "2024-07-01T01:30;CDT", "wrong offset"),
      any("Europe/Berlin", "2024-10-27 02:30;CEST", "2024-10-27T00:30:00Z"),
      any("Europe/Berlin", "2024-10-27 02:30;CET", "2024-10-27T01:30:00Z"),
      // a gap: only where dst lets such a time be at all
      {york, "2024-03-10 02:30;EST", "wrong", "2024-03-10T07:30:00Z", "2024-03-10T07:30:00Z"},
      {york, "2024-03-10 02:30;EDT", "wrong", "2024-03-10T06:30:00Z", "2024-03-10T06:30:00Z"},
      any("America/New_York", "2024-03-10 02:30;CET", "wrong offset"),
      // by the rule behind the table: 7 November 2100, 14 March, a summer that ends in autumn
      any("America/New_York", "2100-11-07 01:30;EDT", "2100-11-07T05:30:00Z"),
      any("America/New_York", "2100-11-07 01:30;EST", "2100-11-07T06:30:00Z"),
      any("America/New_York", "2100-12-01 01:30;EST", "2100-12-01T06:30:00Z"),
      any("America/New_York", "2100-12-01 01:30;EDT", "wrong offset"),
      {york, "2100-03-14 02:30;EST", "wrong", "2100-03-14T07:30:00Z", "2100-03-14T07:30:00Z"},
      {york, "2100-03-14 02:30;EDT", "wrong", "2100-03-14T06:30:00Z", "2100-03-14T06:30:00Z"},
      // winter is what the rule calls daylight time
      any("Europe/Dublin", "2100-07-01 12:00;IST", "2100-07-01T11:00:00Z"),
      any("Europe/Dublin", "2100-07-01 12:00;WET", "wrong offset"),
      // one abbreviation for both: Moscow, 26 October 2014
      {"Europe/Moscow", "2014-10-26 01:30;MSK", "wrong", "2014-10-25T21:30:00Z",
       "2014-10-25T22:30:00Z"},
      any("Europe/Moscow", "2014-10-26 00:30;MSK", "2014-10-25T20:30:00Z"),
      // as the database has them
      any("America/New_York", "1883-01-01 00:00;LMT", "1883-01-01T04:56:02Z"),
      any("America/New_York", "1943-07-01 00:00;EWT", "1943-07-01T04:00:00Z"),
      any("America/Sao_Paulo", "2024-07-01 00:00;-03", "2024-07-01T03:00:00Z"),
      any("UTC", "2024-07-01 00:00;UTC", "2024-07-01T00:00:00Z"),
      any("UTC", "2024-07-01 00:00;EST", "wrong offset"),
      // numbers, whatever the zone
      any("Europe/Sofia", "2024-11-03 01:30;-0500", "2024-11-03T06:30:00Z"),
      any("Europe/Sofia", "2024-11-03 01:30;+02:00", "2024-11-02T23:30:00Z"),
      any("Europe/Sofia", "2024-11-03 01:30;+05", "2024-11-02T20:30:00Z"),
      any("Europe/Sofia", "2024-11-03 01:30;Z", "2024-11-03T01:30:00Z"),
      any("Europe/Sofia", "2024-11-03 01:30;UTC", "2024-11-03T01:30:00Z"),
      any("Europe/Sofia", "2024-11-03 01:30;GMT", "2024-11-03T01:30:00Z"),
      any("Europe/Sofia", "2017-03-26 03:30;+0200", "2017-03-26T01:30:00Z"),
      any("Europe/Sofia", "2017-10-29 03:30;+0300", "2017-10-29T00:30:00Z"),
      any("Europe/Sofia", "2024-11-03 01:30;-5", "wrong offset"),
      any("Europe/Sofia", "2024-11-03 01:30;-24", "wrong offset"),
      any("Europe/Sofia", "2024-11-03 01:30;+0260", "wrong offset"),
      any("Europe/Sofia", "2024-11-03 01:30;+2:00", "wrong offset"),
      any("Europe/Sofia", "0001-01-01 00:00;+02", "wrong datetime"),
      // leap seconds
      any("Europe/Sofia", "2016-12-31 18:59:60;-0500", "2017-01-01T00:00:00Z"),
      any("Europe/Sofia", "2016-12-31 18:59:60;-0400", "wrong datetime"),
      any("America/New_York", "2016-12-31 18:59:60;EST", "2017-01-01T00:00:00Z"),
      any("America/New_York", "2016-12-31 18:59:60;EDT", "wrong offset"),
      any("America/New_York", "2016-12-31 23:59:60;EST", "wrong"),
      // it is said once, and where it is named it must be there
      any("America/New_York", "2024-11-03 01:30-05:00;EST", "wrong offset"),
      any("America/New_York", "2024-11-03 01:30-05:00;-05:00", "wrong offset"),
      any("America/New_York", "2024-11-03 01:30;", "missing"),
      any("America/New_York", "2024-11-03 25:30;EST", "wrong datetime"),
  };
  for (const Row& row : rows) {
    CAPTURE(row.row);
    const auto read_with = [&](Dst dst) {
      sp::CompositeTime time = make(plain("datetime offset"), zone(row.zone, dst));
      return read(time, row.row);
    };
    CHECK(read_with(Dst::kReject) == row.reject);
    CHECK(read_with(Dst::kEarlier) == row.earlier);
    CHECK(read_with(Dst::kLater) == row.later);
  }
}

TEST_CASE("an offset goes with any way of naming day and time") {
  struct Row {
    std::string roles, row, expected;
  };
  const Row rows[] = {
      {"offset datetime", "EST;2024-11-03 01:30", "2024-11-03T06:30:00Z"},
      {"date time offset", "2024-11-03;01:30;EST", "2024-11-03T06:30:00Z"},
      {"date time offset", "2024-11-03;1:30;EDT", "2024-11-03T05:30:00Z"},
      {"date time offset", "2024-11-03;01:30Z;EDT", "wrong offset"},
      {"date time offset", "2024-11-03;24:00;EST", "2024-11-04T05:00:00Z"},
      {"date time offset", "2024-11-02;24:00;-04:00", "2024-11-03T04:00:00Z"},
      {"date time offset", "2024-11-03;24:01;EST", "wrong time"},
      {"date hour offset", "2024-11-03;1;EST", "2024-11-03T06:00:00Z"},
      {"date offset", "2024-11-03;EDT", "2024-11-03T04:00:00Z"},
      {"year month day offset", "2024;11;3;-05", "2024-11-03T05:00:00Z"},
      {"year month day hour offset", "2024;11;3;24;EST", "2024-11-04T05:00:00Z"},
      {"year month day hour offset", "2024;11;31;1;EST", "wrong day"},
      {"year day_of_year offset", "2024;308;EDT", "2024-11-03T04:00:00Z"},
      {"year month day hour minute offset", "2024;11;3;1;60;EST", "wrong minute"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.row);
    sp::Field york = zone("America/New_York");
    york.hour24 = true;
    sp::CompositeTime time = make(plain(row.roles), york);
    CHECK(read(time, row.row) == row.expected);
  }
}

TEST_CASE("what is said of an offset that is wrong") {
  struct Row {
    std::string zone, row, text, advice;
  };
  const Row rows[] = {
      {"America/New_York", "2024-12-01 01:30;EDT", "2024-12-01T01:30", ""},
      {"America/New_York", "2024-12-01 01:30Z;EST", "2024-12-01T01:30Z",
       "; that has its offset already"},
      {"UTC", "2024-12-01 01:30;EST", "2024-12-01T01:30",
       "; an abbreviation needs the timezone that has it"},
      {"UTC", "2016-12-31 23:59:60;-05", "2016-12-31T23:59:60-05", ""},
      {"UTC", "2016-12-31 24:00;-05", "2016-12-31T24:00",
       "; hour24 would make it the end of its day"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.row);
    sp::CompositeTime time = make(plain("datetime offset"), zone(row.zone));
    CHECK(read(time, row.row).starts_with("wrong "));
    CHECK(time.text() == row.text);
    CHECK(advice(time) == row.advice);
  }
}

TEST_CASE("a pattern's hour 24 is that of the date-time too") {
  sp::Field sofia = zone("Europe/Sofia");
  const std::vector<Part> parts = {{"datetime", "%d.%m.%Y %H:%M"}};
  sp::CompositeTime without = make(parts, sofia);
  CHECK(read(without, "31.12.2017 24:00") == "wrong datetime");
  sofia.hour24 = true;
  sp::CompositeTime with = make(parts, sofia);
  CHECK(read(with, "31.12.2017 24:00") == "2017-12-31T22:00:00Z");
}

TEST_CASE("an hour 24 ends its day, in local time, where the date-time says so") {
  sp::Field sofia = zone("Europe/Sofia");
  sp::CompositeTime without = make(plain("year month day hour"), sofia);
  CHECK(read(without, "2017;12;31;24") == "wrong hour");
  CHECK(advice(without) == "; hour24 would make it the end of its day");
  CHECK(read(without, "2017;12;31;25") == "wrong hour");
  CHECK(advice(without).empty());
  sofia.hour24 = true;
  sp::CompositeTime with = make(plain("year month day hour"), sofia);
  CHECK(read(with, "2017;12;31;24") == "2017-12-31T22:00:00Z");
  CHECK(read(with, "2017;12;31;0") == "2017-12-30T22:00:00Z");
  CHECK(read(with, "2017;12;31;25") == "wrong hour");
  CHECK(advice(with).empty());
}

TEST_CASE("parts that make no date-time") {
  for (const std::string roles : {"",
                                  "time",
                                  "date date time",
                                  "date year time",
                                  "year month time",
                                  "year time",
                                  "month day hour",
                                  "year month",
                                  "year month day minute",
                                  "year month day hour second",
                                  "date time hour",
                                  "year month day_of_year hour",
                                  "date day_of_year hour",
                                  "date clock",
                                  "offset",
                                  "time offset",
                                  "datetime time",
                                  "date datetime",
                                  "datetime second offset",
                                  "datetime offset offset",
                                  "year month offset"}) {
    CAPTURE(roles);
    CHECK_THROWS_AS(make(plain(roles), zone("UTC")), sp::Error);
  }
  CHECK_THROWS_AS(make({{"date", "%d.%m"}, {"time"}}, zone("UTC")), sp::Error);
  CHECK_THROWS_AS(make({{"datetime", "%d.%m.%Y"}}, zone("UTC")), sp::Error);
  CHECK_THROWS_AS(make(plain("date time"), zone("Mars/Base")), sp::Error);
}

}  // namespace
