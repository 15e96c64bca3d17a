// Date-times that stand in several columns.
#include "sp/composite_time.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

#include "sp/diagnostic.h"
#include "sp/record_reader.h"
#include "sp/schema.h"

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

TEST_CASE("an hour 24 ends its day, in local time, where the date-time says so") {
  sp::Field sofia = zone("Europe/Sofia");
  sp::CompositeTime without = make(plain("year month day hour"), sofia);
  CHECK(read(without, "2017;12;31;24") == "wrong hour");
  CHECK(std::string(without.advice()) == "; hour24 would make it the end of its day");
  CHECK(read(without, "2017;12;31;25") == "wrong hour");
  CHECK(std::string(without.advice()).empty());
  sofia.hour24 = true;
  sp::CompositeTime with = make(plain("year month day hour"), sofia);
  CHECK(read(with, "2017;12;31;24") == "2017-12-31T22:00:00Z");
  CHECK(read(with, "2017;12;31;0") == "2017-12-30T22:00:00Z");
  CHECK(read(with, "2017;12;31;25") == "wrong hour");
  CHECK(std::string(with.advice()).empty());
}

TEST_CASE("parts that make no date-time") {
  for (const std::string roles :
       {"", "time", "date date time", "date year time", "year month time", "year time",
        "month day hour", "year month", "year month day minute", "year month day hour second",
        "date time hour", "year month day_of_year hour", "date day_of_year hour", "date clock"}) {
    CAPTURE(roles);
    CHECK_THROWS_AS(make(plain(roles), zone("UTC")), sp::Error);
  }
  CHECK_THROWS_AS(make({{"date", "%d.%m"}, {"time"}}, zone("UTC")), sp::Error);
  CHECK_THROWS_AS(make(plain("date time"), zone("Mars/Base")), sp::Error);
}

}  // namespace
