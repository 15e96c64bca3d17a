#include "sp/jsonschema/json_schema.h"

#include <doctest/doctest.h>

#include <string>

#include "sp/base/diagnostic.h"

TEST_CASE("each keyword of a JSON Schema takes and refuses") {
  struct Row {
    const char* schema;
    const char* kept;
    const char* broken;
    const char* fault;
  };
  const Row rows[] = {
      {R"({"type": "integer"})", "5.0", "5.5", "it is not of the type integer"},
      {R"({"type": ["null", "boolean"]})", "null", "\"\"", "it is not of the type null or boolean"},
      {R"({"enum": [1, {"a": 1, "b": [2]}]})", R"({"b": [2.0], "a": 1})", "2", "it is none of"},
      {R"({"const": 0})", "-0.0", "\"0\"", "it is not 0"},
      {R"({"minimum": 9007199254740993})", "9007199254740993", "9007199254740992", "below"},
      {R"({"maximum": 18446744073709551614})", "1e3", "18446744073709551615", "above"},
      {R"({"exclusiveMinimum": 1})", "\"no number\"", "1.0", "not above the exclusive minimum 1"},
      {R"({"exclusiveMaximum": 1})", "0.9", "1", "not below the exclusive maximum 1"},
      {R"({"minLength": 2})", "\"\xc3\xa9\xc3\xa9\"", "\"\xc3\xa9\"", "shorter than"},
      {R"({"maxLength": 2})", "\"\xc3\xa9\xc3\xa9\"", "\"abc\"", "longer than"},
      {R"({"pattern": "^a+$"})", "\"aa\"", "\"ab\"", "does not match the pattern ^a+$"},
      {R"({"pattern": "b"})", "\"abc\"", "\"ac\"", "does not match the pattern b"},
      {R"({"format": "email"})", "\"a@example.org\"", "\"a\"", "is not of the format email"},
      {R"({"minItems": 1})", "[1]", "[]", "fewer items than the minItems 1"},
      {R"({"maxItems": 1})", "{}", "[1, 2]", "more items than the maxItems 1"},
      {R"({"uniqueItems": true})", "[1, \"1\", true]", "[[1], [1.0]]", "has an item twice"},
      {R"({"uniqueItems": false})", "[1, 1]", "", ""},
      {R"({"items": {"type": "string"}})", "[\"a\"]", "[\"a\", 1]", "at '/1': is not of the type"},
      {R"({"items": false})", "[]", "[1]", "at '/0': is not allowed"},
      {R"({"items": false, "prefixItems": [true, {"const": 2}]})", "[1, 2]", "[1, 3]", "at '/1'"},
      {R"({"prefixItems": [true], "items": {"type": "null"}})", "[1, null]", "[1, 2]", "at '/1'"},
      {R"({"minProperties": 1})", R"({"a": 1})", "{}", "fewer members"},
      {R"({"maxProperties": 1})", R"({"a": 1})", R"({"a": 1, "b": 2})", "more members"},
      {R"({"required": ["a"]})", R"({"a": null})", R"({"b": 1})", "it lacks the member 'a'"},
      {R"({"properties": {"a": {"properties": {"b": {"type": "null"}}}}})", R"({"b": 1})",
       R"({"a": {"b": 1}})", "at '/a/b': is not of the type null"},
      {R"({"patternProperties": {"^n_": {"type": "number"}}})", R"({"n_a": 1, "a": "x"})",
       R"({"n_a": "x"})", "at '/n_a'"},
      {R"({"properties": {"a": true}, "patternProperties": {"^x": true},
           "additionalProperties": false})",
       R"({"a": 1, "x1": 2})", R"({"ax": 1})", "at '/ax': is not allowed"},
      {R"({"allOf": [{"minimum": 1}, {"maximum": 2}]})", "2", "3", "above the maximum 2"},
      {R"({"anyOf": [{"type": "null"}, {"maximum": 2}]})", "null", "3", "none of the schemas"},
      {R"({"oneOf": [{"minimum": 1}, {"maximum": 2}]})", "3", "1.5", "none or several"},
      {R"({"not": {"type": "string"}})", "1", "\"\"", "keeps the schema of not"},
      {R"({"title": "t", "$comment": "c", "default": 1, "examples": []})", "1", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.schema);
    sp::JsonSchema schema(row.schema);
    CHECK(schema.accepts(row.kept));
    CHECK(schema.explain(row.kept).empty());
    if (*row.broken == '\0') continue;
    CHECK(!schema.accepts(row.broken));
    CHECK(schema.explain(row.broken).find(row.fault) != std::string::npos);
  }
}

TEST_CASE("schemas that cannot be checked are refused at their place") {
  struct Row {
    const char* schema;
    const char* message;
  };
  const Row rows[] = {
      {R"({"$ref": "#/$defs/a"})", "/$ref: sp follows no references"},
      {R"({"properties": {"a/b": {"if": {}}}})", "/properties/a~1b/if: is not a keyword"},
      {R"({"items": [{}]})", "/items: must be one schema; use prefixItems"},
      {R"({"items": true, "prefixItems": 5})", "/prefixItems: must be an array"},
      {R"({"items": 5})", "/items: must be a schema"},
      {R"({"anyOf": []})", "/anyOf: must have at least one schema"},
      {R"({"pattern": "(a)\\1"})", "/pattern: cannot be matched in linear time"},
      {R"({"patternProperties": {"(": true}})", "/patternProperties/(: cannot be matched"},
      {R"({"minimum": "1"})", "/minimum: must be a number"},
      {R"({"minLength": -1})", "/minLength: must be a whole number"},
      {R"({"type": "float"})", "/type: 'float' is not a type"},
      {R"({"type": "null", "type": "null"})", "/type: is there twice"},
      {R"({"format": "binary"})", "/format: 'binary' is not checked"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.schema);
    CHECK_THROWS_WITH_AS(sp::JsonSchema(row.schema), doctest::Contains(row.message), sp::Error);
  }
}
