// Groups by key: numbers in the order of first appearance, keys that never run together.
#include "sp-aggregate/group.h"

#include <doctest/doctest.h>

#include <string>
#include <unordered_map>
#include <vector>

namespace {

TEST_CASE("groups are numbered as they appear") {
  sp::GroupTable groups;
  CHECK(groups.find_or_add("b") == 0);
  CHECK(groups.find_or_add("a") == 1);
  CHECK(groups.find_or_add("b") == 0);
  CHECK(groups.find_or_add("") == 2);
  CHECK(groups.find_or_add("a") == 1);
  CHECK(groups.size() == 3);
  CHECK(groups.key(1) == "a");
  CHECK(groups.key(2).empty());
}

TEST_CASE("a table that grows keeps every key, of every length") {
  sp::GroupTable groups;
  std::unordered_map<std::string, std::uint32_t> expected;
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i = 0; i < 20000; ++i) {
      std::string key = std::to_string(i * 2654435761U);
      key.append(i % 40, static_cast<char>(i));
      if (i % 1000 == 0) key.append(20000, 'x');  // longer than a chunk
      const auto number = static_cast<std::uint32_t>(expected.size());
      const auto [at, is_new] = expected.try_emplace(key, number);
      REQUIRE(groups.find_or_add(key) == at->second);
      REQUIRE(groups.key(at->second) == key);
    }
  }
  CHECK(groups.size() == expected.size());
}

TEST_CASE("keys of different cells differ") {
  const std::vector<std::vector<std::string>> rows = {
      {"ab", "c"}, {"a", "bc"}, {"abc", ""}, {"", "abc"}, {std::string("\0", 1), ""}, {"", ""}};
  sp::GroupTable groups;
  for (const auto& row : rows) {
    sp::GroupKey key;
    for (const std::string& cell : row) key.add_text(cell);
    key.add_number(-7);
    groups.find_or_add(key.bytes());
    sp::GroupKeyReader reader(groups.key(static_cast<std::uint32_t>(groups.size() - 1)));
    for (const std::string& cell : row) CHECK(reader.text() == cell);
    CHECK(reader.number() == -7);
  }
  CHECK(groups.size() == rows.size());
}

}  // namespace
