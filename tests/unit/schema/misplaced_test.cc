// Every property in every place of a schema: where it would do nothing it is refused.
#include "sp/schema/misplaced.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "failure.h"
#include "sp/schema/load.h"

namespace {

struct Place {
  const char* name;
  std::string begin, end;  // of a schema around a member that stands there
  std::vector<std::string_view> properties;
};

// From sp-schema(5).
const Place kPlaces[] = {
    {"the top of the schema",
     R"({"fields": [{"name": "a"}], )",
     "}",
     {"fields", "missingValues", "missingNumbers", "primaryKey", "fieldsMatch", "constants",
      "derived", "fromName", "uniqueKeys", "foreignKeys", "dialect", "spread", "melt"}},
    {"a field",
     R"({"fields": [{"name": "a", )",
     "}]}",
     {"constraints", "missingValues", "missingNumbers",
      "decimalChar", "groupChar",     "bareNumber",
      "trueValues",  "falseValues",   "delimiter",
      "itemType",    "categories",    "categoriesOrdered",
      "unit",        "targetUnit",    "standardName",
      "rename",      "molarMass",     "conditions",
      "timezone",    "dst",           "hour24",
      "decimals",    "role"}},
    {"the 'constraints' of a field",
     R"({"fields": [{"name": "a", "constraints": {)",
     "}}]}",
     {"required", "unique", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
      "minLength", "maxLength", "pattern", "enum", "jsonSchema"}},
    {"a derived column",
     R"({"fields": [{"name": "a"}], "derived": [{"name": "b", )",
     "}]}",
     {"formula", "inputs", "unit", "decimals", "timezone", "dst", "hour24", "role",
      "standardName"}},
    {"the schema's 'spread'",
     R"({"fields": [{"name": "a"}], "spread": {)",
     "}}",
     {"openRows", "fields"}},
    {"a field of 'spread'",
     R"({"fields": [{"name": "a"}], "spread": {"fields": [{"name": "b", )",
     "}]}}",
     {"unitText", "unit", "targetUnit", "decimals", "constraints", "role", "rename", "standardName",
      "molarMass", "conditions"}},
    {"the schema's 'melt'", R"({"fields": [{"name": "a"}], "melt": {)", "}}", {"fields"}},
    {"a column of 'melt'",
     R"({"fields": [{"name": "a"}], "melt": {"names": {"name": "b", )",
     "}}}",
     {"role", "standardName"}},
    {"the schema's 'dialect'",
     R"({"fields": [{"name": "a"}], "dialect": {)",
     "}}",
     {"delimiter", "lineTerminator", "quoteChar", "doubleQuote", "escapeChar", "nullSequence",
      "skipInitialSpace", "header", "headerRows", "headerJoin", "commentRows", "commentChar",
      "skipRows", "rowNames", "encoding", "ignoreTrailingEmpty", "itemType"}},
};

bool has(const Place& place, std::string_view property) {
  for (const std::string_view own : place.properties) {
    if (own == property) return true;
  }
  return false;
}

std::string refusal(const Place& place, std::string_view property) {
  return failure([&] {
    sp::parse_schema(place.begin + '"' + std::string(property) + "\": 1" + place.end, "s.json");
  });
}

}  // namespace

TEST_CASE("a property that belongs elsewhere is refused, and the place is named") {
  int pairs = 0;
  for (const Place& here : kPlaces) {
    for (const Place& there : kPlaces) {
      for (const std::string_view property : there.properties) {
        if (has(here, property)) continue;
        CAPTURE(here.name);
        CAPTURE(property);
        const std::string said = refusal(here, property);
        CHECK(said.starts_with("78 "));
        // In melt, unit and timezone are rather its units and timezones.
        const bool is_told =
            said.find("/" + std::string(property) + ": has no effect here; it belongs into ") !=
                std::string::npos ||
            said.find("did you mean '" + std::string(property) + "s'?") != std::string::npos;
        CHECK_MESSAGE(is_told, said);
        ++pairs;
      }
    }
  }
  CHECK(pairs > 200);
  CHECK(refusal(kPlaces[1], "minimum").ends_with("belongs into the 'constraints' of a field"));
  CHECK(refusal(kPlaces[0], "timezone").ends_with("belongs into a field"));
  CHECK(refusal(kPlaces[5], "onInvalid").ends_with("belongs into the field of the values"));
  CHECK(refusal(kPlaces[0], "delimiter").ends_with("belongs into the schema's 'dialect'"));
  CHECK(refusal(kPlaces[1], "primaryKey").ends_with("belongs into the top of the schema"));
  CHECK(refusal(kPlaces[1], "formula").ends_with("belongs into a derived column"));
}

TEST_CASE("a slip of the pen in any place is told") {
  const std::pair<std::size_t, std::pair<const char*, const char*>> rows[] = {
      {0, {"missingvalues", "missingValues"}},
      {1, {"Unit", "unit"}},
      {2, {"minimun", "minimum"}},
      {3, {"formulas", "formula"}},
      {3, {"standardname", "standardName"}},
      {4, {"unit", "units"}},
      {5, {"unittext", "unitText"}},
      {5, {"decimal", "decimals"}},
      {6, {"timezone", "timezones"}},
      {7, {"standardname", "standardName"}},
      {8, {"delimeter", "delimiter"}},
  };
  for (const auto& [place, slip] : rows) {
    CAPTURE(slip.first);
    const std::string said = refusal(kPlaces[place], slip.first);
    CHECK_MESSAGE(
        said.find("did you mean '" + std::string(slip.second) + "'?") != std::string::npos, said);
  }
}

TEST_CASE("what people and other formats read stands anywhere") {
  for (const Place* place : {&kPlaces[0], &kPlaces[1]}) {
    for (const char* property : {"$comment", "example", "rdfType", "station", "sheetName", "table",
                                 "$schema", "licence"}) {
      CAPTURE(property);
      CHECK(refusal(*place, property).empty());
    }
  }
  CHECK(failure([] {
          sp::parse_schema(R"({"fields": [{"name": "a"}], "type": "x", "format": "csv"})", "s");
        }).empty());
}
