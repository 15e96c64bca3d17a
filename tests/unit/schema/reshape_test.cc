// Properties spread, melt and copies of a schema: what is refused, and which columns come of them.
#include "sp/schema/reshape.h"

#include <doctest/doctest.h>

#include <string>

#include "failure.h"
#include "sp/schema/columns_after.h"
#include "sp/schema/load.h"
#include "sp/schema/spread_columns.h"

namespace {

const std::string kLong = R"({"fields": [
  {"name": "id", "type": "integer", "role": "key"},
  {"name": "n", "type": "string", "rename": "name"}, {"name": "v", "type": "number"},
  {"name": "u", "type": "string"}, {"name": "gone", "type": "string", "role": "ignore"},
  {"name": "percent", "type": "number", "unit": "percent"}], )";
const std::string kWide = R"({"fields": [
  {"name": "time", "type": "datetime", "role": "time"},
  {"name": "a", "type": "number", "unit": "mg/m3", "targetUnit": "ug/m3", "rename": "A"},
  {"name": "b", "type": "number", "unit": "ug/m3", "role": "measure"},
  {"name": "k", "type": "number", "unit": "K"}, {"name": "s", "type": "string"}], )";

// "78 PLACE: MESSAGE", or nothing.
std::string refusal(const std::string& fields, const std::string& more) {
  return failure([&] { sp::parse_schema(fields + more + "}", "s.json"); });
}

std::string columns(const std::string& schema) {
  std::string text;
  for (const auto& column : sp::transformed_columns(sp::parse_schema(schema, "s.json"))) {
    const std::string role = sp::role_name(column.field.role);
    text += (text.empty() ? "" : ", ") + column.field.name;
    if (!role.empty()) text += " (" + role + ")";
    if (!column.field.unit.empty()) text += " in " + column.field.unit;
  }
  return text;
}

struct Wrong {
  std::string schema, said;
};

std::string spread(const std::string& fields, const std::string& more = R"("names": "n")") {
  return R"("spread": {"values": "v", )" + more + R"(, "fields": [)" + fields + "]}";
}

}  // namespace

TEST_CASE("what spread needs, and what contradicts it") {
  const Wrong rows[] = {
      {R"("spread": {})", "/spread/names: must be a field of the schema, and '' is none"},
      {spread("", R"("names": "x")"), "/spread/names: must be a field of the schema, and 'x' is"},
      {spread("", R"("names": "gone")"), "/spread/names: 'gone' has the role ignore"},
      {spread("", R"("names": "v")"), "/spread/names: must be of the type string"},
      {spread("", R"("names": "n", "units": "id")"), "/spread/units: must be of the type string"},
      {R"("spread": {"names": "n", "values": "u"})", "/spread/values: must be a number"},
      {spread("", R"("names": "n", "units": "n")"), "/spread: names, values and units are columns"},
      {spread(""), "/spread/fields: must have at least one"},
      {spread("{}"), "/spread/fields/0: must have a 'name'"},
      {spread(R"({"name": "p", "type": "string"})"), "/spread/fields/0/type: is that of"},
      {spread(R"({"name": "p", "type": "integer"})"), "/spread/fields/0/type: is that of"},
      {spread(R"({"name": "p", "unit": "foo"})"), "/spread/fields/0/unit: "},
      {spread(R"({"name": "p", "unit": "Pa", "targetUnit": "K"})"), "/spread/fields/0/targetUnit"},
      {spread(R"({"name": "p", "constraints": {"required": true}})"),
       "/spread/fields/0/constraints: a row may lack any"},
      {spread(R"({"name": "p", "role": "ignore"})"), "/spread/fields/0/role: leave out rows with"},
      {spread(R"({"name": "p", "unitText": "x"})"), "/spread/fields/0/unitText: needs 'units'"},
      {spread(R"({"name": "p"})", R"("names": "n", "units": "u")"),
       "/spread/fields/0/unit: is needed"},
      {spread(R"({"name": "p"}, {"name": "p"})"),
       "/spread/fields/1/name: the name 'p' is there twice"},
      {spread(R"({"name": "p", "unit": "Pa"}, {"name": "q", "rename": "p", "unit": "hPa"})"),
       "/spread/fields/1/targetUnit: values of one column are in one unit: 'Pa' or 'hPa'"},
      {spread(R"({"name": "p"})", R"("names": "n", "openRows": 0)"),
       "/spread/openRows: must be 1 to"},
      {spread(R"({"name": "id"})"), "/fields: two columns would be called 'id'"},
      {spread(R"({"name": "p", "missingValues": ["-"]})"), "/spread/fields/0/missingValues: "},
      {spread(R"({"name": "p", "format": "x"})"),
       "/spread/fields/0/format: is no property of such"},
      {spread(R"({"name": "p"})", R"("names": "percent")"), "must be of the type string"},
      {R"("spread": {"names": "n", "values": "percent", "units": "u", "fields": [{"name": "p"}]})",
       "/spread/units: the field of the values has a unit"},
      {R"("spread": {"names": "n", "values": "percent", "fields": [{"name": "p", "unit": "K"}]})",
       "/spread/fields/0/unit: the field of the values has a unit already"},
      {spread(R"({"name": "p"})") + R"(, "derived": [{"name": "w", "formula": "copy",
         "inputs": {"column": "v"}}])",
       "/derived/0: 'v' holds another quantity in each row"},
      {spread(R"({"name": "p"})") +
           R"(, "melt": {"names": {"name": "x"}, "values": {"name": "y"}})",
       "/melt: spread and melt undo each other"},
  };
  for (const Wrong& row : rows) {
    CAPTURE(row.schema);
    const std::string said = refusal(kLong, row.schema);
    CHECK(said.starts_with("78 "));
    CHECK_MESSAGE(said.find(row.said) != std::string::npos, said);
  }
}

TEST_CASE("what melt needs, and what contradicts it") {
  const std::string made = R"("names": {"name": "n", "role": "key"}, "values": {"name": "v"})";
  const Wrong rows[] = {
      {R"("melt": {})", "/melt: must have 'names'"},
      {R"("melt": {"names": {"name": "n"}})", "/melt: must have 'values'"},
      {R"("melt": {"names": {}})", "/melt/names: must have a 'name'"},
      {R"("melt": {"fields": ["x"], )" + made + "}", "/melt/fields/0: 'x' is no column of numbers"},
      {R"("melt": {"fields": ["s"], )" + made + "}", "/melt/fields/0: 's' is no column of numbers"},
      {R"("melt": {"fields": ["b", "b"], )" + made + "}", "/melt/fields/1: 'b' is there twice"},
      {R"("melt": {"fields": ["a", "k"], )" + made + "}",
       "/melt/fields/1: 'k' is in K and 'A' in ug/m3"},
      {R"("melt": {"names": {"name": "n", "role": "measure"}, "values": {"name": "v"}})",
       "/melt/names/role: does not fit the type string"},
      {R"("melt": {"names": {"name": "n", "unit": "K"}, "values": {"name": "v"}})",
       "/melt/names/unit: has no effect here"},
      {R"("melt": {"fields": ["a"], "timezones": {"b": "UTC"}, )" + made + "}",
       "/melt/timezones/b: 'b' is not melted"},
      {R"("melt": {"fields": ["a"], "timezones": {"a": "Europe/Nowhere"}, )" + made + "}",
       "/melt/timezones/a: "},
      {R"("melt": {"timezones": ["a"], )" + made + "}", "/melt/timezones: must be an object"},
      {R"("melt": {"timezone": "UTC", )" + made + "}",
       "/melt/timezone: is not a property that sp knows; did you mean 'timezones'?"},
      {R"("melt": {"names": {"name": "time"}, "values": {"name": "v"}})",
       "/fields: two columns would be called 'time'"},
  };
  for (const Wrong& row : rows) {
    CAPTURE(row.schema);
    const std::string said = refusal(kWide, row.schema);
    CHECK(said.starts_with("78 "));
    CHECK_MESSAGE(said.find(row.said) != std::string::npos, said);
  }
}

TEST_CASE("what a copy needs") {
  const auto copy = [](const std::string& more) {
    return R"("derived": [{"name": "c", "formula": "copy", )" + more + "}]";
  };
  const Wrong rows[] = {
      {copy(R"("inputs": {})"), "/derived/0: copy has one input, a column"},
      {copy(R"("inputs": {"field": "a"})"), "/derived/0: copy has one input, a column"},
      {copy(R"("inputs": {"column": {"constant": "5 m"}})"), "/derived/0: copy has one input"},
      {copy(R"("inputs": {"column": "x"})"), "/derived/0: 'x' is not a field of the schema"},
      {copy(R"("inputs": {"column": "time"}, "timezone": "Europe/Sofia")"),
       "/derived/0: a copy has the time zone of its column"},
      {copy(R"("inputs": {"column": "s"}, "role": "measure")"),
       "/derived/0/role: does not fit the type string"},
      {copy(R"("inputs": {"column": "s"}, "role": "ignore")"), "the role ignore makes no sense"},
      {copy(R"("inputs": {"column": "b"}, "unit": "K")"), "/derived/0/targetUnit: "},
      {copy(R"("inputs": {"column": "s"}, "unit": "K")"), "/derived/0/targetUnit: does not fit"},
      {copy(R"("inputs": {"column": "s"}, "decimals": 1)"), "/derived/0/decimals: does not fit"},
  };
  for (const Wrong& row : rows) {
    CAPTURE(row.schema);
    const std::string said = refusal(kWide, row.schema);
    CHECK(said.starts_with("78 "));
    CHECK_MESSAGE(said.find(row.said) != std::string::npos, said);
  }
}

TEST_CASE("the columns that come of them") {
  CHECK(columns(kLong + R"("constants": {"source": "x"}, "derived": [
    {"name": "place", "formula": "copy", "inputs": {"column": "gone"}, "role": "location"},
    {"name": "share", "formula": "copy", "inputs": {"column": "percent"}, "unit": "1"}], )" +
                spread(R"({"name": "p", "unit": "Pa", "targetUnit": "hPa", "role": "attribute"},
                          {"name": "t", "unit": "degC"}, {"name": "f", "unit": "degF",
                           "targetUnit": "celsius", "rename": "t"})",
                       R"("names": "name", "units": "u")") +
                "}") ==
        "id (key), percent in percent, place (location), share in 1, source (source), "
        "p (attribute) in hPa, t (measure) in degC");
  CHECK(
      columns(kWide + R"("melt": {"fields": ["a", "b"], "names": {"name": "station", "role": "key"},
    "values": {"name": "pm10", "standardName": "x"}}})") ==
      "time (time), k in K, s, station (key), pm10 (measure) in ug/m3");
  CHECK(columns(kWide + R"("melt": {"fields": ["A", "k"], "names": {"name": "n"},
    "values": {"name": "v", "role": "attribute"}, "units": {"name": "unit"}}})") ==
        "time (time), b (measure) in ug/m3, s, n, v (attribute), unit");
  // The measures, unless said.
  CHECK(columns(kWide + R"("melt": {"names": {"name": "n"}, "values": {"name": "v"}}})") ==
        "time (time), A in ug/m3, k in K, s, n, v (measure) in ug/m3");
}

TEST_CASE("a value's column is known by its name and its unit") {
  const sp::Schema schema = sp::parse_schema(
      kLong +
          spread(R"({"name": "p", "unit": "Pa"}, {"name": "t", "unit": "degC", "unitText": "c"},
                        {"name": "t", "unit": "K", "targetUnit": "degC"},
                        {"name": "x", "unit": "1", "unitText": ""})",
                 R"("names": "n", "units": "u")") +
          "}",
      "s.json");
  sp::SpreadColumns columns(*schema.spread);
  constexpr std::size_t kNone = sp::SpreadColumns::kNone;
  CHECK(columns.names() == std::vector<std::string>{"p", "t", "x"});
  CHECK(columns.find("p", "Pa") == 0);
  CHECK(columns.find("p", "pascal") == 0);
  CHECK(columns.find("p", "Pa") == 0);
  CHECK(columns.find("p", "hPa") == kNone);
  CHECK(columns.find("p", "") == kNone);
  CHECK(columns.find("t", "c") == 1);
  CHECK(columns.find("t", "degC") == kNone);  // it is written as "c"
  CHECK(columns.find("t", "kelvin") == 2);
  CHECK(columns.column_of(2) == columns.column_of(1));
  CHECK(columns.find("x", "") == 3);
  CHECK(columns.find("y", "1") == kNone);
  CHECK(columns.has("t"));
  CHECK_FALSE(columns.has("y"));
}
