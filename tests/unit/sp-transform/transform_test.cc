// Which columns sp-transform makes of a header, and what it refuses.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sp-transform/csv_rows.h"
#include "sp-transform/plan.h"
#include "sp-transform/reshape.h"
#include "sp/schema/load.h"
#include "sp/table/formats.h"
#include "sp/table/record_reader.h"
#include "sp/table/record_writer.h"

namespace {

using sp::TransformOptions;

const char* const kSchema = R"({
  "fields": [
    {"name": "", "type": "any", "role": "ignore"},
    {"name": "id", "type": "integer", "role": "key"},
    {"name": "timestamp", "type": "datetime", "role": "time", "rename": "ts"},
    {"name": "p", "type": "number", "role": "measure", "unit": "Pa", "targetUnit": "hPa",
     "decimals": 1}
  ],
  "fieldsMatch": "partial",
  "constants": {"source": "x"}})";

std::vector<sp::OutputColumn> plan(const TransformOptions& options,
                                   const std::vector<std::string>& names,
                                   const char* schema = nullptr) {
  const sp::Columns columns(names);
  if (schema == nullptr)
    return sp::make_plan(options, nullptr, sp::reshape_of(options, nullptr), columns, "in.csv");
  const sp::Schema parsed = sp::parse_schema(schema, "s.json");
  return sp::make_plan(options, &parsed, sp::reshape_of(options, &parsed), columns, "in.csv");
}

std::string names(const std::vector<sp::OutputColumn>& columns) {
  std::string text;
  for (const auto& column : columns) text += (text.empty() ? "" : ",") + column.name;
  return text;
}

TEST_CASE("a schema renames, drops what is to be ignored, and adds constants") {
  const auto columns = plan({}, {"", "id", "timestamp", "p", "other"}, kSchema);
  CHECK(names(columns) == "id,ts,p,other,source");
  CHECK(columns[0].step == nullptr);
  CHECK(columns[1].step != nullptr);
  CHECK(columns[2].unit == "hPa");
  CHECK(columns[3].step == nullptr);
  CHECK(columns[4].constant == "x");
}

TEST_CASE("flags come after the schema and use its names") {
  TransformOptions options;
  options.rename = {{"ts", "time"}, {"p", "pressure"}};
  options.unit = {{"pressure", "hPa:kPa"}};
  options.round = {{"pressure", "3"}};
  options.tag = {{"file", "a.csv"}};
  options.drop = {"source"};
  auto columns = plan(options, {"", "id", "timestamp", "p"}, kSchema);
  CHECK(names(columns) == "id,time,pressure,file");
  std::string_view out;
  REQUIRE(columns[2].step->apply("94690.52", out));
  CHECK(out == "94.691");
  CHECK(columns[2].unit == "kPa");
  options.select = {"file", "pressure"};
  CHECK(names(plan(options, {"", "id", "timestamp", "p"}, kSchema)) == "file,pressure");
}

struct Refusal {
  std::string what;
  TransformOptions options;
  const char* schema;
  sp::ExitCode code;
};

template <class Member>
TransformOptions with(Member TransformOptions::*member, Member value) {
  TransformOptions options;
  options.*member = std::move(value);
  return options;
}

TEST_CASE("what cannot be done is refused, by whose mistake it is") {
  using A = std::vector<TransformOptions::Assignment>;
  using T = TransformOptions;
  using sp::ExitCode;
  const char* const needs_x =
      R"({"fields": [{"name": "x", "type": "any"}], "fieldsMatch": "subset"})";
  const char* const same_name = R"({"fields": [{"name": "a", "rename": "c"},
    {"name": "b", "rename": "c"}]})";
  const char* const same_constant =
      R"({"fields": [{"name": "a", "type": "any"}], "fieldsMatch": "subset",
    "constants": {"b": "1"}})";
  const std::vector<Refusal> cases = {
      {"no such column", with(&T::rename, A{{"x", "y"}}), nullptr, ExitCode::kDataErr},
      {"no such column to drop", with(&T::drop, {"x"}), nullptr, ExitCode::kDataErr},
      {"the schema's column is missing", {}, needs_x, ExitCode::kDataErr},
      {"a name of the input", with(&T::rename, A{{"a", "b"}}), nullptr, ExitCode::kDataErr},
      {"a constant like a column", {}, same_constant, ExitCode::kDataErr},
      {"two names of flags", with(&T::rename, A{{"a", "c"}, {"b", "c"}}), nullptr,
       ExitCode::kUsage},
      {"two tags", with(&T::tag, A{{"c", "1"}, {"c", "2"}}), nullptr, ExitCode::kUsage},
      {"two names of the schema", {}, same_name, ExitCode::kConfig},
      {"no unit", with(&T::unit, A{{"a", "Pa:nonsense"}}), nullptr, ExitCode::kUsage},
      {"another dimension", with(&T::unit, A{{"a", "Pa:K"}}), nullptr, ExitCode::kUsage},
      {"half a unit", with(&T::unit, A{{"a", "Pa"}}), nullptr, ExitCode::kUsage},
      {"rounding to nothing", with(&T::round, A{{"a", "-1"}}), nullptr, ExitCode::kUsage},
      {"rounding too far", with(&T::round, A{{"a", "18"}}), nullptr, ExitCode::kUsage},
      {"no scale", with(&T::normalize, A{{"a", "minmax:5:5"}}), nullptr, ExitCode::kUsage},
      {"no deviation", with(&T::normalize, A{{"a", "zscore:5:0"}}), nullptr, ExitCode::kUsage},
      {"no such method", with(&T::normalize, A{{"a", "robust:1:2"}}), nullptr, ExitCode::kUsage},
      {"no time zone", with(&T::utc, A{{"a", "Europe/Atlantis"}}), nullptr, ExitCode::kConfig},
      {"nothing to melt", with(&T::melt, true), nullptr, ExitCode::kUsage},
  };
  for (const Refusal& row : cases) {
    CAPTURE(row.what);
    try {
      plan(row.options, {"a", "b"}, row.schema);
      FAIL("it was not refused");
    } catch (const sp::Error& error) {
      CAPTURE(error.what());
      CHECK(static_cast<int>(error.code()) == static_cast<int>(row.code));
    }
  }
}

// What CsvRows makes of `csv`.
std::string copied(const std::string& csv, const TransformOptions& options,
                   const char* schema = nullptr) {
  const auto reader = sp::open_reader(sp::memory_source(csv, "in.csv"), {});
  auto columns = plan(options, reader->columns().names(), schema);
  std::string out;
  const auto sink = sp::string_sink(out);
  REQUIRE(sp::CsvRows::suits(columns, ','));
  sp::CsvRows rows(columns, ',', *sink);
  sp::Record record;
  while (reader->next(record)) {
    REQUIRE(rows.fits(record));
    REQUIRE(rows.write(record) == nullptr);
  }
  sink->close();
  return out;
}

TEST_CASE("cells that stay are copied as they are written, side by side or apart") {
  TransformOptions options;
  options.select = {"b", "c", "a"};
  CHECK(copied("a,b,c\n1,2,3\n\"x\",\"a,\"\"b\",\"\"\n \"q, y,\r\nz,,\n", options) ==
        "2,3,1\n\"a,\"\"b\",\"\",\"x\"\n y,, \"q\n,,z\n");
  options = {};
  options.tag = {{"t", "plain"}, {"u", "with, comma"}, {"v", ""}};
  CHECK(copied("a,b\n1,\"2\"\n", options) == "1,\"2\",plain,\"with, comma\",\n");
}

TEST_CASE("missing values become empty, in a run of copied cells and before a step") {
  const char* const schema = R"({"fields": [
    {"name": "a", "type": "string"}, {"name": "b", "type": "string"},
    {"name": "n", "type": "number", "decimals": 1}],
    "missingValues": ["", "NA"]})";
  CHECK(copied("a,b,n\nNA,x,1\nx,\"NA\",NA\nx,\"\",\nN,NAN,2.25\n", {}, schema) ==
        ",x,1.0\nx,,\nx,,\nN,NAN,2.2\n");
}

TEST_CASE("a delimiter that numbers hold needs the other way") {
  TransformOptions options;
  const auto columns = plan(options, {"a", "b"});
  CHECK(sp::CsvRows::suits(columns, ';'));
  CHECK_FALSE(sp::CsvRows::suits(columns, '.'));
  CHECK_FALSE(sp::CsvRows::suits(columns, '-'));
  CHECK_FALSE(sp::CsvRows::suits(columns, 'Z'));
  CHECK_FALSE(sp::CsvRows::suits(columns, ':'));
  CHECK_FALSE(sp::CsvRows::suits(plan(options, {"a"}), ','));
}

}  // namespace
