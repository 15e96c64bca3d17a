#include "sp/schema/header_check.h"
#include "sp/schema/load.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

sp::Schema parse(const std::string& json) { return sp::parse_schema(json, "s.json"); }

}  // namespace

TEST_CASE("headers and fieldsMatch") {
  struct Row {
    std::string match;
    std::vector<std::string> columns;
    std::vector<std::string> codes;
  };
  const Row rows[] = {
      {"exact", {"a", "b"}, {}},
      {"exact", {"b", "a"}, {"incorrect-label", "incorrect-label"}},
      {"exact", {"a"}, {"missing-label"}},
      {"exact", {"a", "b", "c"}, {"extra-label"}},
      {"exact", {"a", "b", ""}, {"blank-label"}},
      {"exact", {"a", "b", "a"}, {"duplicate-label"}},
      {"equal", {"b", "a"}, {}},
      {"equal", {"b"}, {"missing-label"}},
      {"equal", {"b", "a", "c"}, {"extra-label"}},
      {"subset", {"c", "b", "", "a", ""}, {}},
      {"subset", {"c", "b"}, {"missing-label"}},
      {"superset", {"b"}, {}},
      {"superset", {"b", "c"}, {"extra-label"}},
      {"superset", {"c"}, {"missing-label", "missing-label", "extra-label"}},
      {"partial", {"c", "b"}, {}},
      {"partial", {"c"}, {"missing-label", "missing-label"}},
      {"partial", {"a", "a"}, {"duplicate-label"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.match);
    CAPTURE(row.columns.size());
    const sp::Schema schema = parse(R"({"fields": [{"name": "a"}, {"name": "b"}],
                                        "fieldsMatch": ")" +
                                    row.match + "\"}");
    const sp::Columns columns(row.columns);
    std::vector<std::string> codes;
    for (const sp::HeaderFault& fault : sp::check_header(schema, columns, sp::Format::kCsv)) {
      codes.push_back(fault.code);
    }
    CHECK(codes == row.codes);
  }
}

TEST_CASE("members of a JSON object have no order") {
  const sp::Schema schema = parse(R"({"fields": [{"name": "a"}, {"name": "b"}]})");
  const sp::Columns columns({"b", "a"});
  CHECK(sp::check_header(schema, columns, sp::Format::kNdjson).empty());
  CHECK_FALSE(sp::check_header(schema, columns, sp::Format::kCsv).empty());
}
