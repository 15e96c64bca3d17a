#include "sp/app/row_places.h"

#include <doctest/doctest.h>

#include <random>

TEST_CASE("rows that pass are found in the input, whatever was left out of it") {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    sp::RowPlaces places;
    std::vector<sp::RowPlace> truth;
    std::uint64_t line = 1 + random() % 5;
    for (std::uint64_t row = 1; row <= 300; ++row) {
      const std::uint64_t lines = random() % 8 == 0 ? 1 + random() % 3 : 1;
      if (random() % 10 != 0) {
        places.pass(row, line);
        truth.push_back({truth.size() + 1, row, line});
      }
      line += lines;
    }
    const std::vector<sp::RowPlace> told = places.take();
    for (const sp::RowPlace& place : truth) {
      const sp::RowPlace found = sp::find_place(told, place.out);
      REQUIRE(found.row == place.row);
      REQUIRE(found.line == place.line);
    }
  }
}

TEST_CASE("rows that follow one another have one place, and of very many the first are kept") {
  sp::RowPlaces headed, many;
  CHECK(headed.take().empty());
  for (std::uint64_t row = 1; row < 5; ++row) headed.pass(row, row + 1);
  CHECK(headed.take().size() == 1);
  for (std::uint64_t row = 1; row < 5000; ++row) many.pass(2 * row, 2 * row + 1);
  const auto told = many.take();
  CHECK(told.size() == 1000);
  CHECK(sp::find_place(told, 999).row == 1998);
  CHECK(sp::find_place(told, 1000).row == 0);
  CHECK(sp::find_place(told, 4000).row == 0);
  CHECK(sp::find_place({}, 1).row == 0);
}
