#include "sp/table/columns.h"

#include <doctest/doctest.h>

#include <string>

#include "sp/base/diagnostic.h"

TEST_CASE("columns are found by name, the first of a name wins") {
  sp::Columns columns({"", "a", "b", "a"});
  CHECK(columns.find("a") == 1u);
  CHECK(columns.find("") == 0u);
  CHECK_FALSE(columns.find("c").has_value());
  columns.push_back("c");
  CHECK(columns.require("c", "x.csv") == 4);
  CHECK(columns == sp::Columns({"", "a", "b", "a", "c"}));
}

TEST_CASE("of many columns, too, the first of a name is found") {
  sp::Columns columns;
  for (const int i : {7, 3, 9, 3}) {
    for (int n = 0; n < 30; ++n) columns.push_back(std::to_string(i * 100 + n));
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    CHECK(columns.find(columns[i]) == (i < 90 ? i : i - 60));
  }
  CHECK_FALSE(columns.find("").has_value());
  CHECK_FALSE(columns.find("99999").has_value());
  columns.push_back("99999");
  CHECK(columns.find("99999") == 120u);
}

TEST_CASE("a column that is missing is named, with those that are there") {
  try {
    sp::Columns({"", "a"}).require("temp", "x.csv");
    FAIL("no error");
  } catch (const sp::Error& error) {
    CHECK(error.code() == sp::ExitCode::kDataErr);
    CHECK(error.where().file == "x.csv");
    CHECK(error.where().field == "temp");
    CHECK(error.what() == std::string("there is no column 'temp'; the input has: (unnamed), a"));
  }
}
