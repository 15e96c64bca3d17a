// The parts of sp-validate. What a run does as a whole is in tests/cli/sp-validate.
#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sp-validate/options.h"
#include "sp-validate/row_checker.h"
#include "sp/base/diagnostic.h"
#include "sp/schema/load.h"
#include "sp/schema/missing_values.h"
#include "sp/table/formats.h"
#include "sp/value/rule.h"

namespace {

sp::Schema parse(const std::string& json) { return sp::parse_schema(json, "s.json"); }

// "row field code constraint" of each violation, and which rows are valid.
struct Outcome {
  std::vector<std::string> counts;
  std::vector<std::uint64_t> valid;
};

Outcome check(const sp::Schema& schema, const std::string& text, std::size_t chunk = SIZE_MAX) {
  sp::ViolationLog log(nullptr);
  sp::RowChecker checker(schema, log);
  const auto reader = sp::open_reader(sp::memory_source(text, "-", chunk), {});
  checker.set_input("-", reader->columns());
  Outcome outcome;
  sp::Record record;
  while (reader->next(record)) {
    if (checker.check(record) == sp::Verdict::kValid) outcome.valid.push_back(record.row());
  }
  for (const auto& entry : log.take_counts()) {
    outcome.counts.push_back(entry.field + " " + entry.code + " " + entry.constraint + " " +
                             std::to_string(entry.count));
  }
  return outcome;
}

}  // namespace

TEST_CASE("the table of rules holds each value constraint of the standard once") {
  std::set<std::string> names;
  for (const sp::RuleType& type : sp::rule_types()) {
    if (std::string_view(type.name) != sp::kTargetUnit) CHECK(names.insert(type.name).second);
  }
  CHECK(names == std::set<std::string>{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
                                       "minLength", "maxLength", "pattern", "enum", "jsonSchema",
                                       "categories"});
}

TEST_CASE("every violation of a row is counted") {
  const sp::Schema schema = parse(R"({"fields": [
    {"name": "a", "type": "integer", "constraints": {"minimum": 5, "enum": [1, 6]}},
    {"name": "b", "type": "number", "constraints": {"required": true}}]})");
  const Outcome outcome = check(schema, "a,b\n1,\n6,1\n7,x\n");
  CHECK(outcome.valid == std::vector<std::uint64_t>{2});
  CHECK(outcome.counts == std::vector<std::string>{"a constraint-error minimum 1",
                                                   "b constraint-error required 1",
                                                   "a constraint-error enum 1", "b type-error  1"});
}

TEST_CASE("rows are judged alike wherever the input is cut") {
  const sp::Schema schema = parse(R"({"fields": [
    {"name": "a", "type": "integer", "constraints": {"unique": true}},
    {"name": "b", "type": "string", "constraints": {"maxLength": 5}}]})");
  const std::string text = "a,b\n1,\"x\ny\"\n2,long text\n1,z\n\n3\n4,\"\"\"\"\n";
  const Outcome whole = check(schema, text);
  CHECK(whole.valid == std::vector<std::uint64_t>{1, 6});
  for (std::size_t chunk = 1; chunk < 9; ++chunk) {
    const Outcome pieces = check(schema, text, chunk);
    CHECK(pieces.valid == whole.valid);
    CHECK(pieces.counts == whole.counts);
  }
}

TEST_CASE("constraints that make no sense name their place") {
  struct Row {
    std::string field;
    std::string message;
  };
  const Row rows[] = {
      {R"("type": "integer", "constraints": {"minimum": 0.5})", "minimum: '0.5' is not an integer"},
      {R"("type": "number", "constraints": {"enum": ["x"]})", "enum: 'x' is not a number"},
      {R"("type": "number", "constraints": {"minimum": 2, "maximum": 1})", "minimum: 2 leaves"},
      {R"("type": "time", "constraints": {"exclusiveMinimum": "12:00:00", "maximum": "12:00:00"})",
       "exclusiveMinimum: 12:00:00 leaves"},
      {R"("type": "string", "constraints": {"pattern": "\\1"})",
       "pattern: the pattern is not a regular"},
      {R"("type": "datetime", "constraints": {"minimum": "2017-01-01"})", "minimum: '2017-01-01'"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.field);
    const sp::Schema schema =
        parse(R"({"fields": [{"name": "z"}, {"name": "a", )" + row.field + "}]}");
    sp::ViolationLog log(nullptr);
    const std::string message = "/fields/1/constraints/" + row.message;
    CHECK_THROWS_WITH_AS(sp::RowChecker(schema, log), doctest::Contains(message.c_str()),
                         sp::Error);
  }
}

TEST_CASE("the safe interval is where all bounds are kept") {
  struct Row {
    std::string type, constraints;
    std::vector<double> inside, outside;
  };
  const double above = std::nextafter(5.0, 6.0);
  const double below = std::nextafter(5.0, 4.0);
  const Row rows[] = {
      {"number", "", {-1e308, 0, 1e308}, {}},
      {"number", R"("minimum": 5)", {5, 1e308}, {below}},
      {"number", R"("exclusiveMinimum": 5)", {above}, {5}},
      {"number", R"("maximum": 5)", {5, -1e308}, {above}},
      {"number", R"("exclusiveMaximum": 5)", {below}, {5}},
      {"number", R"("minimum": 1, "exclusiveMinimum": 2, "maximum": 5)", {2.5, 5}, {2, above}},
      {"number", R"("minimum": 0, "enum": [1])", {}, {0, 1, 2}},
      {"integer", R"("minimum": 0)", {}, {0, 1}},
      {"string", "", {}, {0}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.constraints);
    const sp::Schema schema = parse(R"({"fields": [{"name": "a", "type": ")" + row.type +
                                    R"(", "constraints": {)" + row.constraints + "}}]}");
    sp::ValueReader reader(schema.fields[0]);
    const sp::SafeInterval safe = sp::safe_interval(reader, sp::compile_rules(reader));
    for (const double number : row.inside) CHECK(safe.contains(number));
    for (const double number : row.outside) CHECK_FALSE(safe.contains(number));
  }
}

TEST_CASE("missing values") {
  struct Row {
    std::vector<std::string> markers;
    std::string text;
    sp::CellKind kind;
    bool is_missing;
  };
  const auto csv = sp::CellKind::kText;
  const Row rows[] = {
      {{""}, "", csv, true},
      {{""}, " ", csv, false},
      {{}, "", csv, false},
      {{}, "", sp::CellKind::kNull, true},
      {{}, "", sp::CellKind::kString, false},
      {{"", "NA", "N"}, "NA", csv, true},
      {{"", "NA", "N"}, "N", csv, true},
      {{"", "NA", "N"}, "NAN", csv, false},
      {{"", "NA", "N"}, "na", csv, false},
      {{"-999"}, "-999", sp::CellKind::kNumber, true},
      {{"-999"}, "", csv, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(sp::MissingValues(row.markers).contains(row.text, row.kind) == row.is_missing);
  }
}

TEST_CASE("limits of rejects") {
  struct Row {
    sp::RejectLimit limit;
    std::uint64_t rejected, rows;
    bool is_exceeded;
  };
  const Row rows[] = {
      {{false, 0, "0"}, 0, 10, false},      {{false, 0, "0"}, 1, 10, true},
      {{false, 5, "5"}, 5, 5, false},       {{false, 5, "5"}, 6, 10, true},
      {{true, 10, "10%"}, 1, 10, false},    {{true, 10, "10%"}, 2, 10, true},
      {{true, 0, "0%"}, 0, 0, false},       {{true, 0, "0%"}, 1, 1'000'000, true},
      {{true, 100, "100%"}, 10, 10, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.limit.text);
    CAPTURE(row.rejected);
    CHECK(row.limit.is_exceeded(row.rejected, row.rows) == row.is_exceeded);
  }
}
