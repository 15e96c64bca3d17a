// Parts of the Table Schema's language that a table of cells does not show: XML Schema's patterns
// as RE2 has them, sets of code points, the order of durations, numbers that are missing.
#include <doctest/doctest.h>

#include <string>

#include "sp/base/diagnostic.h"
#include "sp/number/special_number.h"
#include "sp/schema/columns_after.h"
#include "sp/schema/load.h"
#include "sp/schema/missing_values.h"
#include "sp/value/calendar_value.h"
#include "sp/value/code_points.h"
#include "sp/value/xsd_pattern.h"

TEST_CASE("patterns are written anew for RE2") {
  CHECK(sp::translate_xsd_pattern("a.c|(b)+") == R"(a[^\n\r]c|(?:b)+)");
  CHECK(sp::translate_xsd_pattern("^a$|b$c^") == R"(^a$|b\$c\^)");
  CHECK(sp::translate_xsd_pattern("[a-d-[b]]") == R"([\x{61}-\x{61}\x{63}-\x{64}])");
  CHECK(sp::translate_xsd_pattern("\\.") == R"([\x{2e}-\x{2e}])");
  CHECK_THROWS_WITH_AS(sp::translate_xsd_pattern("ab\\q"),
                       doctest::Contains("'\\q' is no escape, at character 4"), sp::Error);
  CHECK_THROWS_WITH_AS(sp::translate_xsd_pattern("\\p{IsNowhere}"),
                       doctest::Contains("the block 'IsNowhere'"), sp::Error);
}

TEST_CASE("sets of code points") {
  sp::CodePoints points('a', 'f');
  points.remove({'c', 'd'});
  CHECK(points.re2_class() == R"([\x{61}-\x{62}\x{65}-\x{66}])");
  points.add('c', 'd');
  CHECK(points.re2_class() == R"([\x{61}-\x{66}])");
  CHECK(points.complement().complement().re2_class() == points.re2_class());
  CHECK(sp::CodePoints::of_class("[0-9x]").re2_class() == R"([\x{30}-\x{39}\x{78}-\x{78}])");
  CHECK(sp::CodePoints::of_class("[^\\x{0}-\\x{10fffe}]").re2_class() ==
        R"([\x{10ffff}-\x{10ffff}])");
}

TEST_CASE("durations have a partial order") {
  const auto duration = [](const std::string& text) {
    sp::Duration value;
    REQUIRE(sp::parse_duration(text, value));
    return value;
  };
  CHECK(sp::is_shorter(duration("P27D"), duration("P1M")));
  CHECK_FALSE(sp::is_shorter(duration("P30D"), duration("P1M")));
  CHECK_FALSE(sp::is_at_most(duration("P1M"), duration("P30D")));
  CHECK(sp::is_at_most(duration("P1M"), duration("P31D")));
  CHECK(sp::is_shorter(duration("-P1D"), duration("-PT0.5S")));
  CHECK(sp::is_shorter(duration("-PT0.5S"), duration("PT0S")));
}

TEST_CASE("numbers that are missing however they are written") {
  sp::Schema schema;
  schema.missing_numbers = {"-200"};
  sp::Field field;
  field.type = sp::FieldType::kNumber;
  field.decimal_char = ",";
  const sp::MissingValues missing(schema, field);
  for (const char* text : {"", "-200", "-200,0", "-2e2", "-0200,00"}) {
    CAPTURE(text);
    CHECK(missing.contains(text, sp::CellKind::kText));
  }
  for (const char* text : {"-200.0", "-201", "200", "x", "-"}) {
    CAPTURE(text);
    CHECK_FALSE(missing.contains(text, sp::CellKind::kText));
  }
  field.type = sp::FieldType::kString;
  CHECK_FALSE(sp::MissingValues(schema, field).contains("-200", sp::CellKind::kText));
}

TEST_CASE("numbers without digits") {
  double value = 0;
  for (const char* text : {"NaN", "nan", "INF", "inf", "-INF", "+INF"}) {
    CHECK(sp::parse_special_number(text, value));
  }
  for (const char* text : {"", "-", "-NaN", "Infinity", "1", "IN", "--INF"}) {
    CHECK_FALSE(sp::parse_special_number(text, value));
  }
}

TEST_CASE("the columns after sp-transform are known with their units") {
  const sp::Schema schema = sp::parse_schema(R"j({
    "fields": [
      {"name": "day", "type": "date", "role": "ignore"},
      {"name": "clock", "type": "time", "role": "ignore"},
      {"name": "t", "type": "number", "unit": "degF", "targetUnit": "degC", "rename": "temperature",
       "role": "measure"},
      {"name": "rh", "type": "number", "unit": "percent", "title": "Humidity"}],
    "derived": [
      {"name": "ts", "formula": "datetime", "inputs": {"date": "day", "time": "clock"}},
      {"name": "dew", "formula": "dew_point", "role": "measure",
       "inputs": {"temperature": "t", "humidity": "rh"}}],
    "constants": {"source": "roof"},
    "fromName": "[(?P<]\\(?P<x>_(?P<sensor_id>[0-9]+)_(?P<kind>.*)"})j",
                                             "s.json");
  struct Row {
    const char* name;
    const char* unit;
    sp::ColumnOrigin origin;
    sp::Role role;
  };
  using enum sp::ColumnOrigin;
  const Row rows[] = {{"temperature", "degC", kField, sp::Role::kMeasure},
                      {"rh", "percent", kField, sp::Role::kNone},
                      {"ts", "", kDerived, sp::Role::kNone},
                      {"dew", "degC", kDerived, sp::Role::kMeasure},
                      {"source", "", kConstant, sp::Role::kSource},
                      {"sensor_id", "", kFileName, sp::Role::kNone},
                      {"kind", "", kFileName, sp::Role::kNone}};
  const auto columns = sp::transformed_columns(schema);
  REQUIRE(columns.size() == std::size(rows));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    CAPTURE(rows[i].name);
    CHECK(columns[i].field.name == rows[i].name);
    CHECK(columns[i].field.unit == rows[i].unit);
    CHECK(columns[i].field.target_unit.empty());
    CHECK(columns[i].origin == rows[i].origin);
    CHECK(columns[i].field.role == rows[i].role);
  }
  CHECK(columns[1].index == 3);
  CHECK(columns[1].field.title == "Humidity");
}
