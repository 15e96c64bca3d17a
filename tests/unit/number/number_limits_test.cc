// The ends of what a number may be.
#include <doctest/doctest.h>

#include "sp/number/number.h"

TEST_CASE("numbers that a double cannot hold are refused") {
  struct Row {
    const char* text;
    bool is_number;
  };
  const Row rows[] = {{"1e308", true},   {"1e309", false},  {"-1e309", false},  {"5e-324", true},
                      {"1e-999", false}, {"1e-400", false}, {"-1e-400", false}, {"0e-999", true},
                      {"0.0", true},     {"-0", true}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    double value = 0;
    CHECK(sp::parse_double(row.text, value) == row.is_number);
  }
}
