// Schemas: what is read from them, and what is refused with its place.
#include "sp/schema/schema.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sp/base/diagnostic.h"
#include "sp/base/spelling.h"
#include "sp/schema/load.h"
#include "sp/schema/number_format.h"

namespace {

sp::Schema parse(const std::string& json) { return sp::parse_schema(json, "s.json"); }

// The whole of a schema around the properties of one field.
sp::Schema parse_field(const std::string& properties) {
  return parse(R"({"fields": [{"name": "a", )" + properties + "}]}");
}

}  // namespace

TEST_CASE("all that a schema can say") {
  const sp::Schema schema = parse(R"({
    "$schema": "https://datapackage.org/profiles/2.0/tableschema.json", "title": "T",
    "fields": [
      {"name": "", "role": "ignore"},
      {"name": "id", "type": "integer", "role": "key", "groupChar": " ",
       "constraints": {"required": true, "unique": true, "minimum": 1, "exclusiveMaximum": "9"}},
      {"name": "t", "type": "datetime", "format": "%d.%m.%Y %H:%M", "timezone": "Europe/Sofia",
       "dst": "later", "role": "time", "rename": "ts", "description": "when"},
      {"name": "p", "type": "number", "unit": "Pa", "targetUnit": "hPa", "decimals": 4,
       "standardName": "air_pressure", "role": "measure", "decimalChar": ",", "bareNumber": false,
       "missingValues": ["-1"], "constraints": {"maximum": 1e5, "exclusiveMinimum": 0.5}},
      {"name": "s", "type": "string",
       "constraints": {"minLength": 1, "maxLength": 3, "pattern": "a+", "enum": ["a", "b"]}},
      {"name": "b", "type": "boolean", "trueValues": ["y"], "falseValues": ["n"]}],
    "missingValues": ["", {"value": "NA", "label": "none"}], "missingNumbers": [-200, "-999.9"],
    "uniqueKeys": [["id"], ["t", "p"]], "dialect": {"delimiter": ";"},
    "foreignKeys": [{"fields": "s", "reference": {"resource": "", "fields": "b"}}],
    "primaryKey": ["id", "t"], "fieldsMatch": "equal",
    "constants": {"source": "x", "n": 5, "ok": true}})");
  CHECK(schema.file == "s.json");
  CHECK(schema.sha256.size() == 64);
  REQUIRE(schema.fields.size() == 6);
  CHECK(schema.fields[0].type == sp::FieldType::kAny);
  CHECK(schema.fields[0].role == sp::Role::kIgnore);
  const sp::Field& id = schema.fields[1];
  CHECK(id.constraints.required);
  CHECK(id.constraints.unique);
  CHECK(*id.constraints.minimum == "1");
  CHECK(*id.constraints.exclusive_maximum == "9");
  CHECK(id.group_char == " ");
  const sp::Field& t = schema.fields[2];
  CHECK(t.format == "%d.%m.%Y %H:%M");
  CHECK(t.timezone == "Europe/Sofia");
  CHECK(t.dst == sp::Dst::kLater);
  CHECK(t.target_name() == "ts");
  const sp::Field& p = schema.fields[3];
  CHECK(*p.constraints.maximum == "100000");
  CHECK(*p.constraints.exclusive_minimum == "0.5");
  CHECK(p.unit == "Pa");
  CHECK(p.target_unit == "hPa");
  CHECK(p.standard_name == "air_pressure");
  CHECK(*p.decimals == 4);
  CHECK_FALSE(p.bare_number);
  CHECK(p.decimal_char == ",");
  CHECK(*p.missing_values == std::vector<std::string>{"-1"});
  CHECK(p.target_name() == "p");
  const sp::Field& s = schema.fields[4];
  CHECK(*s.constraints.min_length == 1);
  CHECK(*s.constraints.max_length == 3);
  CHECK(*s.constraints.pattern == "a+");
  CHECK(s.constraints.enumeration == std::vector<std::string>{"a", "b"});
  CHECK(schema.fields[5].true_values == std::vector<std::string>{"y"});
  CHECK(schema.missing_values == std::vector<std::string>{"", "NA"});
  CHECK(schema.primary_key == std::vector<std::string>{"id", "t"});
  CHECK(schema.missing_numbers == std::vector<std::string>{"-200", "-999.9"});
  CHECK(schema.unique_keys == std::vector<std::vector<std::string>>{{"id"}, {"t", "p"}});
  REQUIRE(schema.foreign_keys.size() == 1);
  CHECK(schema.foreign_keys[0].fields == std::vector<std::string>{"s"});
  CHECK(schema.foreign_keys[0].reference_fields == std::vector<std::string>{"b"});
  CHECK(schema.dialect == R"({"delimiter":";"})");
  CHECK(schema.fields_match == sp::FieldsMatch::kEqual);
  REQUIRE(schema.constants.size() == 3);
  CHECK(schema.constants[1].name == "n");
  CHECK(schema.constants[1].value == "5");
  CHECK(schema.constants[2].value == "true");
  CHECK(schema.find("p") == &schema.fields[3]);
  CHECK(schema.find("q") == nullptr);
}

TEST_CASE("what is not said has the standard's default") {
  const sp::Schema schema = parse(R"({"fields": [{"name": "a"}], "primaryKey": "a"})");
  CHECK(schema.missing_values == std::vector<std::string>{""});
  CHECK(schema.fields_match == sp::FieldsMatch::kExact);
  CHECK(schema.primary_key == std::vector<std::string>{"a"});
  const sp::Field& field = schema.fields[0];
  CHECK(field.type == sp::FieldType::kAny);
  CHECK(field.format == "default");
  CHECK(field.timezone == "UTC");
  CHECK_FALSE(field.missing_values);
  CHECK(field.true_values == std::vector<std::string>{"true", "True", "TRUE", "1"});
}

TEST_CASE("the hash is that of the bytes") {
  const std::string text = R"({"fields": [{"name": "a"}]})";
  CHECK(parse(text).sha256 == parse(text).sha256);
  CHECK(parse(text).sha256 != parse(text + "\n").sha256);
}

TEST_CASE("schemas that are refused") {
  struct Row {
    std::string json;
    std::string message;
  };
  const Row rows[] = {
      {"", "the schema is not JSON"},
      {"{", "the schema is not JSON"},
      {"[]", "must be an object"},
      {"{}", "must have 'fields'"},
      {R"({"fields": []})", "must have 'fields'"},
      {R"({"fields": {}})", "/fields: must be an array"},
      {R"({"fields": ["a"]})", "/fields/0: must be an object that has a 'name'"},
      {R"({"fields": [{"type": "string"}]})", "/fields/0: must be an object that has a 'name'"},
      {R"({"fields": [{"name": 5}]})", "/fields/0/name: must be a string"},
      {R"({"fields": [{"name": "a"}, {"name": "a"}]})", "/fields/1/name: the name 'a'"},
      {R"({"fields": [{"name": "a", "name": "b"}]})", "/fields/0/name: is there twice"},
      {R"({"fields": [{"name": "a"}], "primaryKey": "b"})", "/primaryKey: 'b' is not a field"},
      {R"({"fields": [{"name": "a"}], "fieldsMatch": "most"})", "/fieldsMatch: 'most'"},
      {R"({"fields": [{"name": "a"}], "fieldsMatch": ["equal", "exact"]})", "/fieldsMatch: must"},
      {R"({"fields": [{"name": "a"}], "missingValues": ""})", "/missingValues: must be an array"},
      {R"({"fields": [{"name": "a"}], "missingValues": [{}]})", "/missingValues/0: lacks"},
      {R"({"fields": [{"name": "a"}], "missing_values": []})", "did you mean 'missingValues'"},
      {R"({"fields": [{"name": "a"}], "uniqueKeys": []})", "/uniqueKeys: must have at least one"},
      {R"({"fields": [{"name": "a"}], "uniqueKeys": [["b"]]})", "/uniqueKeys/0: 'b' is not"},
      {R"({"fields": [{"name": "a"}], "foreignKeys": [{"fields": "a"}]})",
       "/foreignKeys/0: lacks 'reference'"},
      {R"({"fields": [{"name": "a"}], "foreignKeys": [{"fields": ["a"],
           "reference": {"resource": "b", "fields": ["a"]}}]})",
       "/foreignKeys/0/reference/resource: refers to 'b', another file"},
      {R"({"fields": [{"name": "a"}], "dialect": {"quoteChar": "''"}})",
       "s.json: /dialect/quoteChar is not one ASCII character"},
      {R"({"fields": [{"name": "a"}], "missingNumbers": ["x"]})", "/missingNumbers/0: must be a"},
      {R"({"fields": [{"name": "a"}], "constants": {"a": "x"}})", "/constants: the name 'a'"},
      {R"({"fields": [{"name": "a"}], "constants": {"b": null}})", "/constants/b: must be a"},
      {R"({"fields": [{"name": "a"}], "constants": {"x/y~": []}})", "/constants/x~1y~0: must"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.json);
    CHECK_THROWS_WITH_AS(parse(row.json), doctest::Contains(row.message.c_str()), sp::Error);
  }
}

TEST_CASE("fields that are refused") {
  struct Row {
    std::string properties;
    std::string message;
  };
  const Row rows[] = {
      {R"("type": "lists")", "/fields/0/type: 'lists' is not supported"},
      {R"("type": "string", "format": "mail")", "/fields/0/format: the format 'mail'"},
      {R"("type": "list", "itemType": "list")", "/fields/0/itemType: 'list' is not supported"},
      {R"("type": "list", "delimiter": "")", "/fields/0/delimiter: must not be empty"},
      {R"("type": "string", "missingNumbers": [1])", "/fields/0/missingNumbers: does not fit"},
      {R"("type": "date", "format": "%d")", "/fields/0/format: the format '%d' does not name"},
      {R"("type": "number", "units": "Pa")", "did you mean 'unit'"},
      {R"("type": "number", "target_unit": "Pa")", "did you mean 'targetUnit'"},
      {R"("type": "number", "unit": "Pa", "targetUnit": "m")", "/fields/0/targetUnit: the unit"},
      {R"("type": "number", "unit": "paskal")", "/fields/0/unit: 'paskal' is not a unit"},
      {R"("type": "number", "targetUnit": "Pa")", "/fields/0/targetUnit: needs a 'unit'"},
      {R"("type": "string", "unit": "Pa")", "/fields/0/unit: does not fit the type string"},
      {R"("type": "number", "decimals": 18)", "/fields/0/decimals: must be 0 to 17"},
      {R"("type": "number", "decimals": -1)", "/fields/0/decimals: must be a whole number"},
      {R"("type": "number", "decimals": 1.5)", "/fields/0/decimals: must be a whole number"},
      {R"("type": "date", "decimals": 2)", "/fields/0/decimals: does not fit the type date"},
      {R"("type": "number", "decimalChar": "")", "/fields/0/decimalChar: must not be empty"},
      {R"("type": "number", "groupChar": ".")", "/fields/0/groupChar: must differ"},
      {R"("type": "datetime", "timezone": "Sofia")", "/fields/0/timezone: the time zone 'Sofia'"},
      {R"("type": "date", "timezone": "Europe/Sofia")", "/fields/0/timezone: does not fit"},
      {R"("type": "datetime", "dst": "first")", "/fields/0/dst: 'first' is not supported"},
      {R"("role": "id")", "/fields/0/role: 'id' is not supported"},
      {R"("type": "string", "role": "measure")", "/fields/0/role: does not fit the type string"},
      {R"("type": "number", "role": "time")", "/fields/0/role: does not fit the type number"},
      {R"("categories": ["a"])", "/fields/0/categories: does not fit the type any"},
      {R"("type": "string", "categories": [{"label": "a"}])", "/categories/0: lacks 'value'"},
      {R"("type": "integer", "categories": [1, 1])", "/categories/1: has a value that is there"},
      {R"("type": "integer", "categoriesOrdered": true)", "/categoriesOrdered: needs 'categories'"},
      {R"("constraints": [])", "/fields/0/constraints: must be an object"},
      {R"("constraints": {"required": "yes"})", "/fields/0/constraints/required: must be true"},
      {R"("constraints": {"minimum": 1})", "/fields/0/constraints/minimum: does not fit"},
      {R"("constraints": {"minumum": 1})", "did you mean 'minimum'"},
      {R"("constraints": {"smallest": 1})", "is not a constraint that sp knows"},
      {R"("type": "object", "constraints": {"jsonSchema": "x.json"})",
       "/fields/0/constraints/jsonSchema: must be an object"},
      {R"("type": "geojson", "constraints": {"jsonSchema": {}})",
       "/fields/0/constraints/jsonSchema: does not fit"},
      {R"("constraints": {"enum": []})", "/fields/0/constraints/enum: must have at least one"},
      {R"("constraints": {"enum": [null]})", "/fields/0/constraints/enum/0: must be"},
      {R"("type": "string", "constraints": {"minLength": -1})", "/minLength: must be a whole"},
      {R"("type": "list", "constraints": {"minLength": 5, "maxLength": 4})",
       "/fields/0/constraints/minLength: 5 leaves nothing with the maxLength 4"},
      {R"("type": "boolean", "trueValues": ["on", "x"], "falseValues": ["x"])",
       "/fields/0/trueValues: 'x' is one of the falseValues, too, which are x"},
      {R"("type": "boolean", "trueValues": ["0"])", "/fields/0/trueValues: '0' is one of"},
      {R"("type": "boolean", "falseValues": [])", "/fields/0/falseValues: must have a text"},
      {R"("type": "string", "trueValues": ["x"])", "/fields/0/trueValues: does not fit"},
      {R"("type": "number", "constraints": {"pattern": "1"})", "/pattern: does not fit"},
      {R"("type": "number", "constraints": {"maxLength": 1})", "/maxLength: does not fit"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.properties);
    CHECK_THROWS_WITH_AS(parse_field(row.properties), doctest::Contains(row.message.c_str()),
                         sp::Error);
  }
}

TEST_CASE("an error of a schema is 78 and names the file") {
  try {
    parse("{}");
    FAIL("nothing was thrown");
  } catch (const sp::Error& error) {
    CHECK(error.code() == sp::ExitCode::kConfig);
    CHECK(error.where().file == "s.json");
  }
  try {
    sp::load_schema("/nonexistent/s.json");
    FAIL("nothing was thrown");
  } catch (const sp::Error& error) {
    CHECK(error.code() == sp::ExitCode::kConfig);
    CHECK(error.where().file == "/nonexistent/s.json");
  }
}

TEST_CASE("an ignored field may have the name that another gets") {
  CHECK_NOTHROW(parse(R"({"fields": [{"name": "a", "role": "ignore"},
                                     {"name": "b", "rename": "a"}]})"));
}

TEST_CASE("misspellings are told from words of others") {
  struct Row {
    std::string name, word;
    bool alike;
  };
  const Row rows[] = {
      {"unit", "unit", false},
      {"units", "unit", true},
      {"Unit", "unit", true},
      {"unti", "unit", false},
      {"targetunit", "targetUnit", true},
      {"target_unit", "targetUnit", true},
      {"target-unit", "targetUnit", true},
      {"targetUnits", "targetUnit", true},
      {"DST", "dst", true},
      {"test", "dst", false},
      {"label", "name", false},
      {"minimun", "minimum", true},
      {"maximum", "minLength", false},
      {"acme:owner", "role", false},
      {std::string(100'000, 'x'), "unit", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name.substr(0, 40));
    CHECK(sp::looks_like(row.name, row.word) == row.alike);
  }
}

TEST_CASE("names of types, there and back") {
  for (const char* name :
       {"string", "integer", "number", "boolean", "date", "time", "datetime", "any"}) {
    REQUIRE(sp::find_type(name));
    CHECK(std::string(sp::type_name(*sp::find_type(name))) == name);
  }
  CHECK_FALSE(sp::find_type("Number"));
}

TEST_CASE("numbers in the format of a field") {
  struct Row {
    std::string decimal_char, group_char;
    bool bare;
    std::string text;
    bool is_number;
    double value;
  };
  const Row rows[] = {
      {".", "", true, "1.5", true, 1.5},
      {".", "", true, "1,5", false, 0},
      {",", "", true, "1,5", true, 1.5},
      {",", "", true, "1.5", false, 0},
      {",", ".", true, "1.234.567,5", true, 1234567.5},
      {",", ".", true, "1,5.0", false, 0},
      {",", ".", true, ".5", false, 0},
      {".", ",", true, "-1,234.5", true, -1234.5},
      {".", ",", true, ",1", false, 0},
      {".", " ", true, "12 345", true, 12345},
      {".", "", false, "$5.25", true, 5.25},
      {".", "", false, "-$5.25", true, -5.25},
      {".", "", false, "EUR -5.25", true, -5.25},
      {".", "", false, "95.5 %", true, 95.5},
      {".", "", false, ".5 V", true, .5},
      {".", "", false, "none", false, 0},
      {".", "", false, "", false, 0},
      {".", "", false, "5 to 6", false, 0},
      {"::", "--", true, "1--234::5", true, 1234.5},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    sp::Field field;
    field.decimal_char = row.decimal_char;
    field.group_char = row.group_char;
    field.bare_number = row.bare;
    sp::NumberFormat format(field);
    double value = 0;
    CHECK(format.parse(row.text, value) == row.is_number);
    if (row.is_number) CHECK(value == row.value);
  }
}
