// The parts of sp-schema infer: what a column, a name, an encoding and a file's beginning are
// taken for.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sp-schema/infer/column/column.h"
#include "sp-schema/infer/column/name_words.h"
#include "sp-schema/infer/layout/dialect.h"
#include "sp-schema/infer/layout/distinct_names.h"
#include "sp-schema/infer/layout/json_lists.h"
#include "sp-schema/infer/quantity/quantity.h"
#include "sp-schema/infer/quantity/unit_name.h"
#include "sp-schema/infer/role/key.h"
#include "sp-schema/infer/text/source.h"
#include "sp-schema/infer/time/zone_name.h"

namespace {

sp::ColumnGuess guess_of(const std::vector<std::string>& values) {
  sp::ColumnGuess guess;
  for (const std::string& value : values) guess.see(value, sp::CellKind::kText);
  return guess;
}

std::string read_all(sp::ByteSource& source) {
  std::string text;
  char buffer[7];
  while (const std::size_t n = source.read(buffer, sizeof buffer)) text.append(buffer, n);
  return text;
}

}  // namespace

TEST_CASE("formats that cells suggest") {
  struct Row {
    std::vector<std::string> values;
    sp::FieldType type;
    std::string format, decimal_char, group_char;
  };
  using sp::FieldType;
  const Row rows[] = {
      {{"1,5", "2"}, FieldType::kNumber, "default", ",", ""},
      {{"1,234.5", "12"}, FieldType::kNumber, "default", ".", ","},
      {{"1.234,5", "12"}, FieldType::kNumber, "default", ",", "."},
      {{"1 234,5"}, FieldType::kNumber, "default", ",", " "},
      {{"1,2,3"}, FieldType::kString, "default", ".", ""},
      {{"31.12.2024"}, FieldType::kDate, "%d.%m.%Y", ".", ""},
      {{"01/02/2024", "13/02/2024"}, FieldType::kDate, "%d/%m/%Y", ".", ""},
      {{"01/02/2024", "02/13/2024"}, FieldType::kDate, "%m/%d/%Y", ".", ""},
      {{"12:30", "7:05"}, FieldType::kTime, "%H:%M", ".", ""},
      {{"31.12.2024 7:05"}, FieldType::kDatetime, "%d.%m.%Y %H:%M", ".", ""},
      {{"2024-12-31T07:05:00+0200"}, FieldType::kDatetime, "%Y-%m-%dT%H:%M:%S%z", ".", ""},
      {{"ja", "nein"}, FieldType::kBoolean, "default", ".", ""},
      {{"31.02.2024"}, FieldType::kString, "default", ".", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.values.back());
    const sp::ColumnGuess guess = guess_of(row.values);
    CHECK(guess.type() == row.type);
    CHECK(guess.field().format == row.format);
    CHECK(guess.field().decimal_char == row.decimal_char);
    CHECK(guess.field().group_char == row.group_char);
  }
  CHECK(guess_of({"01/02/2024"}).alternatives().front()->format == "%m/%d/%Y");
  CHECK(guess_of({"01/02/2024", "13/02/2024"}).alternatives().front()->format != "%m/%d/%Y");
}

TEST_CASE("numbers that count or write times, by the column's name") {
  const sp::ColumnGuess seconds = guess_of({"1498867207", "1498867300"});
  CHECK(seconds.field_named("unix_time").format == "epoch-seconds");
  CHECK(seconds.field_named("count").type == sp::FieldType::kInteger);
  CHECK(guess_of({"1498867207000"}).field_named("timestamp").format == "epoch-milliseconds");
  CHECK(guess_of({"20240131"}).field_named("date").format == "%Y%m%d");
  CHECK(guess_of({"19991231"}).field_named("date").format == "%Y%m%d");
  CHECK(guess_of({"2024131"}).field_named("date").type == sp::FieldType::kInteger);
  CHECK(guess_of({"2024013123"}).field_named("MESS_DATUM").format == "%Y%m%d%H");
  CHECK(guess_of({"20240131235959"}).field_named("timestamp").format == "%Y%m%d%H%M%S");
  CHECK(guess_of({"202401312360"}).field_named("time").type == sp::FieldType::kInteger);
  CHECK(guess_of({"202401312359"}).field_named("id").type == sp::FieldType::kInteger);
  CHECK(guess_of({"20241331"}).field_named("date").type == sp::FieldType::kInteger);
  CHECK(guess_of({"17"}).field_named("time").type == sp::FieldType::kInteger);
}

TEST_CASE("missing values of a column") {
  const sp::ColumnGuess far = guess_of({"1.5", "-200", "2.5", "-200.0"});
  CHECK(far.missing_numbers() == std::vector<double>{-200});
  CHECK_FALSE(far.is_required());
  CHECK(far.range().low_text == "1.5");
  const sp::ColumnGuess near = guess_of({"-150", "-200", "-10"});
  CHECK(near.missing_numbers().empty());
  CHECK(near.is_required());
  CHECK(near.range().low_text == "-200");
  CHECK(guess_of({"-999"}).missing_numbers().empty());
  CHECK(guess_of({"calm", "none"}).words() != 0);
  CHECK(guess_of({"calm", "none"}).is_required());
  CHECK_FALSE(guess_of({"1", "none"}).is_required());
}

TEST_CASE("quantities and units that names tell") {
  struct Row {
    const char* name;
    double low, high;
    const char *standard_name, *unit;
  };
  const Row rows[] = {
      {"Temperature (°C)", -5, 30, "air_temperature", "degC"},
      {"temp_f", 20, 90, "air_temperature", "degF"},
      {"temperature", -5, 30, "air_temperature", ""},
      {"pressure", 94000, 96000, "air_pressure", "Pa"},
      {"pressure", 940, 960, "air_pressure", "hPa"},
      {"pressure", 1, 5, "", ""},
      {"RH [%]", 20, 90, "relative_humidity", "percent"},
      {"humidity", 0.2, 0.9, "", ""},
      {"PM2.5", 1, 80, "mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air", "ug/m3"},
      {"lat", 42, 43, "latitude", "degrees_north"},
      {"lat", 420, 430, "", ""},
      {"voltage (V)", 3, 4, "", "V"},
      {"CO(GT)", 0, 10, "", ""},
      {"temp_hpa", 0, 10, "", "hPa"},
      {"c", 0, 10, "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const sp::GuessedQuantity guess = sp::guess_quantity(row.name, row.low, row.high);
    CHECK(guess.standard_name == row.standard_name);
    CHECK(guess.unit == row.unit);
  }
}

TEST_CASE("zones that texts name") {
  struct Row {
    const char *text, *found, *zone;
    bool is_in_doubt;
  };
  const Row rows[] = {
      {"Time (UTC+2)", "UTC+2", "Etc/GMT-2", false},
      {"Date Time, GMT-05:00", "GMT-05:00", "Etc/GMT+5", false},
      {"Time (UTC +02:00)", "UTC+02:00", "Etc/GMT-2", false},
      {"time (+0100)", "+0100", "Etc/GMT-1", false},
      {"ts (UTC)", "UTC", "UTC", false},
      {"ts_utc", "utc", "UTC", false},
      {"DateUTC", "UTC", "UTC", false},
      {"UTCDateTime", "UTC", "UTC", false},
      {"timestamp [Europe/Sofia]", "Europe/Sofia", "Europe/Sofia", false},
      {"Zeit MEZ", "MEZ", "Etc/GMT-1", true},
      {"MEZ/MESZ", "MEZ/MESZ", "Europe/Berlin", true},
      {"EDT or EST", "EDT/EST", "America/New_York", true},
      {"MEZ/EST", "MEZ", "Etc/GMT-1", true},
      {"Uhrzeit (Sommerzeit)", "Sommerzeit", "Etc/GMT-2", true},
      {"winter time", "winter time", "", true},
      {"Time (UTC+05:30)", "UTC+05:30", "", true},
      {"time (UTC+15)", "UTC+15", "", true},
      {"local time", "local", "", true},
      {"outcome", "", "", false},
      {"Date/Time", "", "", false},
      {"value (+12)", "", "", false},
      {"", "", "", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const sp::NamedZone found = sp::find_zone(row.text);
    CHECK(found.text == row.found);
    CHECK(found.zone == row.zone);
    CHECK(!found.doubt.empty() == row.is_in_doubt);
  }
}

TEST_CASE("units of rows of units, and of words that can be nothing else") {
  CHECK(sp::unit_of_row("Deg C") == "degC");
  CHECK(sp::unit_of_row("(%)") == "percent");
  CHECK(sp::unit_of_row("W/m^2") == "W/m2");
  CHECK(sp::unit_of_row("mol m-2") == "mol m-2");
  CHECK(sp::unit_of_row("Smp").empty());
  CHECK(sp::unit_of_row("12").empty());
  CHECK(sp::unit_of_row("").empty());
  CHECK(sp::find_clear_unit("°C") == "degC");
  CHECK(sp::find_clear_unit("hPa") == "hPa");
  CHECK(sp::find_clear_unit("m").empty());
  CHECK(sp::find_clear_unit("in").empty());
}

TEST_CASE("times of day without zeros that do not count") {
  CHECK(sp::unpadded("01.02.2024 07:05:00.500") == "1.2.2024 7:5:0.5");
  CHECK(sp::unpadded("1.2.2024 7:5:0,50 PM") == "1.2.2024 7:5:0,5 PM");
  CHECK(sp::unpadded("07:00:00.000") == "7:0:0");
  CHECK(sp::unpadded("") == "");
  CHECK(sp::unpadded("a:") == "a:");
}

TEST_CASE("names that tell columns apart") {
  using Names = std::vector<std::string>;
  CHECK(sp::distinct_names({"t", "a", "q", "b", "q"}) == Names{"t", "a", "a q", "b", "b q"});
  CHECK(sp::distinct_names({"a", "a_2", "a", "a"}) == Names{"a", "a_2", "a_3", "a_4"});
  CHECK(sp::distinct_names({"", "x", "", "field3"}) == Names{"field1", "x", "field3", "field3_2"});
}

TEST_CASE("lists of objects in JSON") {
  const sp::FirstObject found =
      sp::first_object(R"([{"a":{"b c":[ {"x":[{"y":1}]}]},"d":"[{","e":[{}]},{"f":[{}]}])");
  CHECK(found.lists == std::vector<std::string>{R"(.a."b c")", ".e"});
  CHECK(found.is_in_list);
  CHECK(!found.is_alone);
  for (const char* text : {"", "[", "[1]", "a,b", "{", R"({"a":[{"b)", R"({"a\)", "[{}]", "}"}) {
    CAPTURE(text);
    CHECK(sp::first_object(text).lists.size() <= 1);
  }
}

TEST_CASE("damaged values") {
  std::vector<std::string> values(49, "1.5");
  values.push_back("1x5");
  CHECK(guess_of(values).type() == sp::FieldType::kNumber);
  CHECK(guess_of(values).damage().text == "1x5");
  values.erase(values.begin());
  CHECK(guess_of(values).type() == sp::FieldType::kString);
  CHECK(guess_of(values).near_miss().count == 1);
  std::vector<std::string> first(51, "2024-01-01");
  first[0] = "Date";
  CHECK(guess_of(first).type() == sp::FieldType::kDate);
  CHECK(guess_of(first).damage().text == "Date");
  std::vector<std::string> names(60, "12");
  names.push_back("007");
  CHECK(guess_of(names).type() == sp::FieldType::kString);
}

TEST_CASE("words of names") {
  CHECK(sp::plain_name("PM2.5") == "pm2_5");
  CHECK(sp::plain_name("SensorId") == "sensor_id");
  CHECK(sp::plain_name(" Temp. out ") == "temp_out");
  CHECK(sp::has_word("StationId", {"id"}));
  CHECK_FALSE(sp::has_word("humidity", {"id"}));
}

TEST_CASE("encodings that bytes suggest, whatever the reads are") {
  struct Row {
    std::string bytes, text, encoding;
  };
  const Row rows[] = {
      {"abc\n", "abc\n", ""},
      {"K\xc3\xb6ln", "Köln", ""},
      {"K\xf6ln", "Köln", "ISO-8859-1"},
      {"5 \x80 K\xf6ln", "5 € Köln", "WINDOWS-1252"},
      {"K\xc3", "KÃ", "ISO-8859-1"},           // an unfinished character at the end
      {"\xc3\xb6 \xf6", "\xc3\xb6 \xf6", ""},  // damaged UTF-8
      {std::string("\xff\xfe"
                   "a\0",
                   4),
       std::string("\xff\xfe"
                   "a\0",
                   4),
       ""},
  };
  for (const Row& row : rows) {
    for (const std::size_t chunk : {1u, 2u, 1000u}) {
      CAPTURE(row.text);
      CAPTURE(chunk);
      sp::GuessedSource source(sp::memory_source(row.bytes, "-", chunk));
      if (row.bytes[0] != '\xff') CHECK(source.head() == row.text);
      CHECK(read_all(source) == row.text);
      CHECK(source.encoding() == row.encoding);
    }
  }
}

TEST_CASE("bytes that are no text suggest no encoding") {
  sp::GuessedSource source(sp::memory_source("K\xf6ln\x81", "-", 1));
  CHECK_THROWS_WITH_AS(read_all(source),
                       "the bytes 81 at offset 4 are no text in UTF-8 or Windows-1252; name the "
                       "input's encoding with --encoding",
                       sp::Error);
}

TEST_CASE("dialects that a beginning suggests") {
  struct Row {
    std::string head;
    char delimiter;  // '\0': the usual one
    bool header;
    std::uint64_t skipped;
    const char* comment;
    bool row_names, ignores_trailing;
  };
  const Row rows[] = {
      {"a,b\n1,2\n", ',', true, 0, "", false, false},
      {"a;b\n1,5;2,5\n", ';', true, 0, "", false, false},
      {"Temp, C;Hum, %\n1,5;2,5\n", ';', true, 0, "", false, false},
      {"a\tb c\n1\tx y\n", '\t', true, 0, "", false, false},
      {"a b\n1 2\n", ' ', true, 0, "", false, false},
      {"7,2024-01-01T00:00:00,1.5\n8,2024-01-01T00:00:00,2\n", ',', false, 0, "", false, false},
      {"# made by x\na,b\n1,2\n", ',', true, 0, "#", false, false},
      {"#a,b\n1,2\n", ',', true, 0, "", false, false},
      {"Station: X\n\na;b\n1;2\n3;4\n", ';', true, 2, "", false, false},
      {"a;b;\n1;2;\n", ';', true, 0, "", false, true},
      {"a,b\n1,5,6\n2,7,8\n", ',', true, 0, "", true, false},
      {"name\nx y\nz\n", '\0', true, 0, "", false, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.head);
    sp::ReadOptions options;
    sp::guess_dialect(row.head, true, options);
    CHECK(options.delimiter == row.delimiter);
    CHECK(options.dialect.header == row.header);
    CHECK(options.dialect.skip_lines == row.skipped);
    CHECK(options.dialect.comment == row.comment);
    CHECK(options.dialect.row_names == row.row_names);
    CHECK(options.dialect.ignore_trailing_empty == row.ignores_trailing);
  }
}

TEST_CASE("keys of rows") {
  const sp::Columns columns({"id", "ts", "v"});
  using sp::FieldType;
  const std::vector<FieldType> types{FieldType::kInteger, FieldType::kDatetime, FieldType::kNumber};
  using Key = std::vector<std::size_t>;
  sp::GuessedKeys keys(columns, types);
  keys.see(std::vector<std::string>{"1", "2024-01-01T00:00Z", "5"});
  CHECK(keys.found().empty());
  keys.see(std::vector<std::string>{"2", "2024-01-01T00:00Z", "5"});
  CHECK(keys.found() == std::vector<Key>{{0, 1}, {0}});
  keys.see(std::vector<std::string>{"+1", "2024-01-01T01:00Z", "5"});
  CHECK(keys.found() == std::vector<Key>{{0, 1}});
  keys.see(std::vector<std::string>{"2", "2024-01-01T01:00:00+01:00", "5"});
  CHECK(keys.found().empty());
  sp::HashSet set;
  for (std::uint64_t i = 1; i < 5000; ++i) CHECK(set.insert(i));
  for (std::uint64_t i = 1; i < 5000; ++i) CHECK_FALSE(set.insert(i));
}

TEST_CASE("guesses of a column") {
  struct Row {
    std::vector<std::string> values;
    sp::FieldType type;
    bool required;
  };
  using sp::FieldType;
  const Row rows[] = {
      {{}, FieldType::kAny, false},
      {{"", "NA"}, FieldType::kAny, false},
      {{"1", "0"}, FieldType::kInteger, true},
      {{"1", "-"}, FieldType::kInteger, false},
      {{"1", "2.5"}, FieldType::kNumber, true},
      {{"1", "007"}, FieldType::kString, true},
      {{"0", "-0.5"}, FieldType::kNumber, true},
      {{"99999999999999999999"}, FieldType::kNumber, true},
      {{"true", "FALSE"}, FieldType::kBoolean, true},
      {{"true", "1"}, FieldType::kString, true},
      {{"2017-01-01", ""}, FieldType::kDate, false},
      {{"2017-01-01", "2017-01-01T00:00:00"}, FieldType::kDatetime, true},
      {{"12:00:00"}, FieldType::kTime, true},
      {{"2017-01-01T00:00:00", "2017-01-01T00:00:00Z"}, FieldType::kDatetime, true},
      {{"x", "1"}, FieldType::kString, true},
  };
  for (const Row& row : rows) {
    sp::ColumnGuess guess;
    for (const std::string& value : row.values) guess.see(value, sp::CellKind::kText);
    CAPTURE(row.values.empty() ? std::string() : row.values.back());
    CHECK(guess.type() == row.type);
    CHECK(guess.is_required() == row.required);
  }
}

TEST_CASE("guesses of JSON values") {
  struct Row {
    std::vector<std::pair<std::string, sp::CellKind>> values;
    sp::FieldType type;
  };
  using sp::CellKind;
  using sp::FieldType;
  const Row rows[] = {
      {{{"1", CellKind::kNumber}, {"2", CellKind::kString}}, FieldType::kInteger},
      {{{"true", CellKind::kBoolean}}, FieldType::kBoolean},
      {{{"true", CellKind::kBoolean}, {"x", CellKind::kString}}, FieldType::kAny},
      {{{"1", CellKind::kNumber}, {"x", CellKind::kString}}, FieldType::kAny},
      {{{"", CellKind::kNull}, {"x", CellKind::kString}}, FieldType::kString},
  };
  for (const Row& row : rows) {
    sp::ColumnGuess guess;
    for (const auto& [text, kind] : row.values) guess.see(text, kind);
    CAPTURE(row.values.back().first);
    CHECK(guess.type() == row.type);
  }
}
