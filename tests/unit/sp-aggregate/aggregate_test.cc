// sp-aggregate's parts together: windows, rows folded into groups, states and their merge.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "failure.h"
#include "sp-aggregate/collector.h"
#include "sp-aggregate/result_writer.h"
#include "sp-aggregate/window.h"
#include "sp/number/number.h"
#include "sp/schema/load.h"
#include "sp/table/formats.h"
#include "sp/time/timestamp.h"

namespace {

using sp::AggregateOptions;

std::int64_t seconds(std::string_view text) {
  sp::ParsedTime parsed;
  REQUIRE(sp::parse_datetime(text, parsed));
  return parsed.time.seconds;
}

std::string utc(std::int64_t time) {
  char text[sp::kMaxTimestampText];
  return {text, sp::format_utc(time, "", text)};
}

struct WindowCase {
  std::string_view every, time, start, end;
};

TEST_CASE("windows are aligned to UTC and the calendar") {
  const WindowCase cases[] = {
      {"10s", "2017-07-01T00:00:19Z", "2017-07-01T00:00:10Z", "2017-07-01T00:00:20Z"},
      {"15m", "2017-07-01T00:59:59Z", "2017-07-01T00:45:00Z", "2017-07-01T01:00:00Z"},
      {"1h", "2017-07-01T23:00:00Z", "2017-07-01T23:00:00Z", "2017-07-02T00:00:00Z"},
      {"1d", "2017-07-01T23:59:59Z", "2017-07-01T00:00:00Z", "2017-07-02T00:00:00Z"},
      {"1d", "1969-12-31T23:59:59Z", "1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z"},
      {"1w", "2017-07-02T23:59:59Z", "2017-06-26T00:00:00Z", "2017-07-03T00:00:00Z"},
      {"1w", "2017-07-03T00:00:00Z", "2017-07-03T00:00:00Z", "2017-07-10T00:00:00Z"},
      {"1w", "1960-01-01T00:00:00Z", "1959-12-28T00:00:00Z", "1960-01-04T00:00:00Z"},
      {"1mo", "2016-02-29T12:00:00Z", "2016-02-01T00:00:00Z", "2016-03-01T00:00:00Z"},
      {"1mo", "1900-02-28T12:00:00Z", "1900-02-01T00:00:00Z", "1900-03-01T00:00:00Z"},
      {"3mo", "2017-08-15T00:00:00Z", "2017-07-01T00:00:00Z", "2017-10-01T00:00:00Z"},
      {"1y", "2017-12-31T23:59:59Z", "2017-01-01T00:00:00Z", "2018-01-01T00:00:00Z"},
      {"10y", "2017-07-01T00:00:00Z", "2010-01-01T00:00:00Z", "2020-01-01T00:00:00Z"},
      {"1y", "0001-06-01T00:00:00Z", "0001-01-01T00:00:00Z", "0002-01-01T00:00:00Z"},
  };
  for (const WindowCase& row : cases) {
    CAPTURE(row.every);
    CAPTURE(row.time);
    const sp::Window window = sp::Windows(row.every).at(seconds(row.time));
    CHECK(utc(window.start) == row.start);
    CHECK(utc(window.end) == row.end);
  }
}

TEST_CASE("every month begins where the one before ends") {
  const sp::Windows months("1mo");
  std::int64_t at = seconds("1583-01-01T00:00:00Z");
  for (int i = 0; i < 12 * 500; ++i) {
    const sp::Window window = months.at(at);
    REQUIRE(window.start == at);
    REQUIRE(utc(at).substr(8) == "01T00:00:00Z");
    REQUIRE(months.at(window.end - 1).start == at);
    at = window.end;
  }
  CHECK(utc(at) == "2083-01-01T00:00:00Z");
}

struct ZonedCase {
  std::string_view every;
  const char* zone;
  std::string_view time, start, end;
};

TEST_CASE("windows in a zone follow its clocks") {
  const ZonedCase cases[] = {
      {"1d", "UTC", "2024-03-31T12:00:00Z", "2024-03-31T00:00:00Z", "2024-04-01T00:00:00Z"},
      // Of 24, 23 and 25 hours.
      {"1d", "Europe/Sofia", "2024-03-30T12:00:00Z", "2024-03-29T22:00:00Z",
       "2024-03-30T22:00:00Z"},
      {"1d", "Europe/Sofia", "2024-03-31T20:59:59Z", "2024-03-30T22:00:00Z",
       "2024-03-31T21:00:00Z"},
      {"1d", "Europe/Sofia", "2024-10-26T21:00:00Z", "2024-10-26T21:00:00Z",
       "2024-10-27T22:00:00Z"},
      {"1d", "Europe/Sofia", "2024-10-27T21:59:59Z", "2024-10-26T21:00:00Z",
       "2024-10-27T22:00:00Z"},
      // Beyond the table of the zone database, by its rule.
      {"1d", "Europe/Sofia", "2091-03-25T12:00:00Z", "2091-03-24T22:00:00Z",
       "2091-03-25T21:00:00Z"},
      // By half an hour.
      {"1d", "Australia/Lord_Howe", "2024-04-06T20:00:00Z", "2024-04-06T13:00:00Z",
       "2024-04-07T13:30:00Z"},
      {"1d", "Asia/Kolkata", "2024-05-01T18:29:59Z", "2024-04-30T18:30:00Z",
       "2024-05-01T18:30:00Z"},
      // Days without a midnight, and with two; a day that the clocks went over.
      {"1d", "America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z",
       "2018-11-05T02:00:00Z"},
      {"1d", "America/Havana", "2024-11-03T04:30:00Z", "2024-11-03T04:00:00Z",
       "2024-11-04T05:00:00Z"},
      {"1d", "America/Havana", "2024-11-03T05:30:00Z", "2024-11-03T04:00:00Z",
       "2024-11-04T05:00:00Z"},
      {"1d", "America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-17T02:00:00Z",
       "2018-02-18T03:00:00Z"},
      {"1d", "Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z",
       "2011-12-30T10:00:00Z"},
      {"1d", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z",
       "2011-12-31T10:00:00Z"},
      // An hour that is skipped, one that comes twice, one of half the length, and where offsets
      // are no whole hours.
      {"1h", "Europe/Sofia", "2024-03-31T00:59:59Z", "2024-03-31T00:00:00Z",
       "2024-03-31T01:00:00Z"},
      {"1h", "Europe/Sofia", "2024-03-31T01:00:00Z", "2024-03-31T01:00:00Z",
       "2024-03-31T02:00:00Z"},
      {"1h", "Europe/Sofia", "2024-10-27T00:59:59Z", "2024-10-27T00:00:00Z",
       "2024-10-27T01:00:00Z"},
      {"1h", "Europe/Sofia", "2024-10-27T01:00:00Z", "2024-10-27T01:00:00Z",
       "2024-10-27T02:00:00Z"},
      {"1h", "Australia/Lord_Howe", "2024-04-06T15:10:00Z", "2024-04-06T15:00:00Z",
       "2024-04-06T15:30:00Z"},
      {"1h", "Asia/Kolkata", "2024-05-01T12:00:00Z", "2024-05-01T11:30:00Z",
       "2024-05-01T12:30:00Z"},
      {"15min", "Asia/Kathmandu", "2024-05-01T12:00:00Z", "2024-05-01T12:00:00Z",
       "2024-05-01T12:15:00Z"},
      {"6h", "Europe/Sofia", "2024-10-27T01:30:00Z", "2024-10-26T21:00:00Z",
       "2024-10-27T04:00:00Z"},
      {"90min", "America/New_York", "2024-11-03T05:10:00Z", "2024-11-03T04:00:00Z",
       "2024-11-03T05:30:00Z"},
      {"90min", "America/New_York", "2024-11-03T06:10:00Z", "2024-11-03T05:30:00Z",
       "2024-11-03T08:00:00Z"},
      {"1w", "Europe/Sofia", "2024-10-27T12:00:00Z", "2024-10-20T21:00:00Z",
       "2024-10-27T22:00:00Z"},
      {"1mo", "Europe/Sofia", "2024-03-31T12:00:00Z", "2024-02-29T22:00:00Z",
       "2024-03-31T21:00:00Z"},
      {"1y", "America/New_York", "2024-12-31T12:00:00Z", "2024-01-01T05:00:00Z",
       "2025-01-01T05:00:00Z"},
  };
  for (const ZonedCase& row : cases) {
    CAPTURE(row.every);
    CAPTURE(row.zone);
    CAPTURE(row.time);
    const sp::Window window = sp::Windows(row.every, row.zone).at(seconds(row.time));
    CHECK(utc(window.start) == row.start);
    CHECK(utc(window.end) == row.end);
  }
}

TEST_CASE("windows in a zone follow each other without gap or overlap") {
  for (const char* zone : {"Europe/Sofia", "America/New_York", "America/Havana", "Antarctica/Troll",
                           "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"}) {
    for (const char* every : {"20min", "1h", "90min", "7h", "1d", "1w", "1mo"}) {
      CAPTURE(zone);
      CAPTURE(every);
      const sp::Windows windows(every, zone);
      const std::int64_t end = seconds("2013-01-01T00:00:00Z");
      sp::Window window = windows.at(seconds("2011-01-01T00:00:00Z"));
      while (window.end < end) {
        REQUIRE(window.start < window.end);
        REQUIRE(windows.at(window.start + (window.end - window.start) / 2).start == window.start);
        const sp::Window next = windows.at(window.end);
        REQUIRE(windows.at(window.end - 1).start == window.start);
        REQUIRE(next.start == window.end);
        window = next;
      }
    }
  }
}

TEST_CASE("windows are read as they are written") {
  for (const char* text : {"1h", "1d", "1d Europe/Sofia"}) {
    CHECK(sp::Windows::parse(text).text() == text);
  }
  CHECK(sp::Windows("1d", "UTC").text() == "1d");
  for (const char* text : {"1d ", "1d Mars", " Europe/Sofia", "1d Europe/Sofia "}) {
    CAPTURE(text);
    CHECK_THROWS_AS(sp::Windows::parse(text), sp::Error);
  }
}

TEST_CASE("what is no window is refused") {
  for (const char* text : {"", "h", "0h", "-1h", "0.5s", "1.5mo", "1H", "1 h", "h1", "1hh",
                           "1000001d", "99999999999999999999y"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(sp::Windows{text}, sp::Error);
  }
}

// Feeds `inputs`, one after the other, to a collector and returns what is written, as CSV.
std::string aggregated(AggregateOptions options, const std::vector<std::string>& inputs,
                       const sp::Schema* schema = nullptr) {
  sp::check_options(options);
  const auto collector =
      options.merge ? sp::make_state_collector(options) : sp::make_row_collector(options, schema);
  for (const std::string& input : inputs) {
    const auto reader = sp::open_reader(sp::memory_source(input, "in"), {});
    collector->bind(*reader);
    sp::Record record;
    while (reader->next(record)) collector->add(record);
  }
  collector->finish();
  sp::order_entries(collector->summary(), options.sort);
  std::string out;
  const auto sink = sp::string_sink(out);
  sp::write_results(collector->summary(), options, {sp::Format::kCsv, ','}, *sink);
  sink->close();
  return out;
}

struct Random {
  std::uint64_t state;
  std::uint64_t next(std::uint64_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33) % below;
  }
};

std::vector<std::string> readings(std::uint64_t seed, std::size_t n) {
  Random random{seed};
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < n; ++i) {
    std::string row = std::to_string(random.next(5)) + ",2017-07-0";
    row += std::to_string(1 + random.next(3)) + "T0" + std::to_string(random.next(10)) + ":00:0";
    row += std::to_string(random.next(10)) + ".5Z,";
    // Some cells are empty.
    if (random.next(8) != 0) row += std::to_string(90000 + random.next(10000)) + ".25";
    row += ",";
    if (random.next(8) != 0) row += "-" + std::to_string(random.next(40)) + ".5";
    rows.push_back(row + "\n");
  }
  return rows;
}

using Table = std::map<std::string, std::vector<std::string>>;  // by the first `keys` cells

Table table_of(const std::string& csv, std::size_t keys) {
  Table table;
  const auto reader = sp::open_reader(sp::memory_source(csv, "out"), {});
  sp::Record record;
  while (reader->next(record)) {
    std::string key;
    for (std::size_t i = 0; i < keys; ++i) key += std::string(record[i]) + ",";
    std::vector<std::string> cells;
    for (std::size_t i = keys; i < record.size(); ++i) cells.emplace_back(record[i]);
    REQUIRE(table.emplace(key, cells).second);
  }
  return table;
}

void check_close(const std::string& a, const std::string& b) {
  double x = 0;
  double y = 0;
  REQUIRE(sp::parse_double(a, x));
  REQUIRE(sp::parse_double(b, y));
  CHECK(std::abs(x - y) <= 1e-12 * std::max(std::abs(x), std::abs(y)));
}

AggregateOptions by_sensor_and_day() {
  AggregateOptions options;
  options.by = {"id"};
  options.time = "ts";
  options.every = "1d";
  options.values = {"p", "t"};
  options.partial = true;
  return options;
}

constexpr const char* kHeader = "id,ts,p,t\n";

TEST_CASE("parts merged are what one run gives, however the rows are split") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    const auto rows = readings(seed, 1 + random.next(400));
    std::string whole = kHeader;
    std::vector<std::string> parts(1 + random.next(10), kHeader);
    for (const std::string& row : rows) {
      whole += row;
      parts[random.next(parts.size())] += row;
    }
    std::string states;  // as `cat` leaves them: with a header before each part
    for (const std::string& part : parts) states += aggregated(by_sensor_and_day(), {part});
    AggregateOptions merge;
    merge.merge = true;
    merge.partial = true;
    const Table expected = table_of(aggregated(by_sensor_and_day(), {whole}), 4);
    const Table merged = table_of(aggregated(merge, {states}), 4);
    REQUIRE(merged.size() == expected.size());
    for (const auto& [key, cells] : expected) {
      CAPTURE(key);
      REQUIRE(merged.contains(key));
      const auto& found = merged.at(key);
      CHECK(found[0] == cells[0]);  // n
      check_close(found[1], cells[1]);
      check_close(found[2], cells[2]);
      CHECK(found[3] == cells[3]);  // min, max, first_seen, last_seen
      CHECK(found[4] == cells[4]);
      CHECK(found[5] == cells[5]);
      CHECK(found[6] == cells[6]);
    }
  }
}

TEST_CASE("several inputs are one") {
  const auto rows = readings(7, 100);
  std::string first = kHeader, second = kHeader, whole = kHeader;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    (i < 30 ? first : second) += rows[i];
    whole += rows[i];
  }
  AggregateOptions options = by_sensor_and_day();
  options.partial = false;
  CHECK(aggregated(options, {first, second}) == aggregated(options, {whole}));
}

TEST_CASE("states that cannot be merged are refused") {
  const std::string header = "id,window_start,window,quantity,unit,n,mean,m2,min,max\n";
  const std::string good = "1,2017-07-01T00:00:00Z,1h,p,Pa,2,5,2,4,6\n";
  const char* bad[] = {
      "1,2017-07-01T00:00:00Z,1h,p,hPa,2,5,2,4,6\n",  // another unit
      "1,2017-07-01T00:00:00Z,1h,p,Pa,-2,5,2,4,6\n", "1,2017-07-01T00:00:00Z,1h,p,Pa,2.5,5,2,4,6\n",
      "1,2017-07-01T00:00:00Z,1h,p,Pa,2,x,2,4,6\n",  "1,2017-07-01T00:00:00Z,1h,p,Pa,2,5,-2,4,6\n",
      "1,2017-07-01T00:00:00Z,1h,p,Pa,2,5,2,7,6\n",  "1,2017-07-01T00:00:00Z,1h,p,Pa,2,5,,4,6\n",
      "1,2017-07-01T00:30:00Z,1h,p,Pa,2,5,2,4,6\n",  // no window begins there
      "1,2017-07-01T00:00:00Z,1w,p,Pa,2,5,2,4,6\n",  "1,2017-07-01T00:00:00Z,soon,p,Pa,2,5,2,4,6\n",
      "1,2017-07-01T00:00:00,1h,p,Pa,2,5,2,4,6\n",
  };
  AggregateOptions days;
  days.merge = true;
  days.every = "1d";
  CHECK(aggregated(days, {header + good}) ==
        "id,window_start,window,quantity,unit,count,min,max,mean,stddev\n"
        "1,2017-07-01T00:00:00Z,1d,p,Pa,2,4,6,5,1.4142135623730951\n");
  for (const char* row : bad) {
    CAPTURE(row);
    CHECK_THROWS_AS(aggregated(days, {header + good + row}), sp::Error);
  }
}

const char* const kSchema = R"({
  "fields": [
    {"name": "id", "type": "integer", "role": "key", "rename": "sensor_id"},
    {"name": "when", "type": "datetime", "role": "time", "timezone": "Europe/Sofia"},
    {"name": "p", "type": "number", "role": "measure", "unit": "Pa", "targetUnit": "hPa"},
    {"name": "t", "type": "number", "role": "measure", "unit": "degC"}
  ],
  "missingValues": ["", "-999"]})";

TEST_CASE("a schema's units and missing values are those of the input's stage") {
  const sp::Schema schema = sp::parse_schema(kSchema, "s.json");
  AggregateOptions options;
  options.stream.schema = "s.json";
  options.stats = {"count", "max"};
  const std::string raw = "id,when,p,t\n1,,95000,-999\n1,,-999,-5\n";
  const std::string transformed = "sensor_id,when,p,t\n1,,950,-999\n";
  CHECK(aggregated(options, {transformed}, &schema) ==
        "sensor_id,quantity,unit,count,max\n1,p,hPa,1,950\n1,t,degC,1,-999\n");
  CHECK(failure([&] { aggregated(options, {raw}, &schema); }) ==
        "65 sp-transform renames this column; pass the file through it first, or say --raw");
  options.raw = true;
  CHECK(aggregated(options, {raw}, &schema) ==
        "id,quantity,unit,count,max\n1,p,Pa,1,95000\n1,t,degC,1,-5\n");
  CHECK(failure([&] { aggregated(options, {transformed}, &schema); }) ==
        "65 sp-transform makes this column; leave --raw out");
  options.every = "1d";
  CHECK(aggregated(options, {"id,when,p,t\n1,2017-07-01T02:00:00,1,\n"}, &schema) ==
        "id,window_start,window,quantity,unit,count,max\n"
        "1,2017-06-30T00:00:00Z,1d,p,Pa,1,1\n");
}

TEST_CASE("sorting is by number where all of a column are integers") {
  AggregateOptions options;
  options.by = {"a", "b"};
  options.values = {"v"};
  options.stats = {"sum"};
  options.sort = true;
  CHECK(aggregated(options, {"a,b,v\n10,x,1\n9,y,2\n-1,10,3\n9,9,4\n9,10,5\n"}) ==
        "a,b,quantity,sum\n-1,10,v,3\n9,10,v,5\n9,9,v,4\n9,y,v,2\n10,x,v,1\n");
}

}  // namespace
