#include "sp/base/key_table.h"

#include <doctest/doctest.h>

#include <string>
#include <unordered_map>

namespace {

TEST_CASE("keys are numbered as they appear") {
  sp::KeyTable keys;
  CHECK(keys.find_or_add("b") == 0);
  CHECK(keys.find_or_add("a") == 1);
  CHECK(keys.find_or_add("b") == 0);
  CHECK(keys.find_or_add("") == 2);
  CHECK(keys.find_or_add("a") == 1);
  CHECK(keys.size() == 3);
  CHECK(keys.key(1) == "a");
  CHECK(keys.key(2).empty());
  CHECK(keys.find("a") == 1);
  CHECK(keys.find("c") == sp::KeyTable::kNone);
  keys.clear();
  CHECK(keys.size() == 0);
  CHECK(keys.find("a") == sp::KeyTable::kNone);
  CHECK(keys.find_or_add("c") == 0);
}

TEST_CASE("a table that grows keeps every key, of every length") {
  sp::KeyTable keys;
  std::unordered_map<std::string, std::uint32_t> expected;
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i = 0; i < 20000; ++i) {
      std::string key = std::to_string(i * 2654435761U);
      key.append(i % 40, static_cast<char>(i));
      if (i % 1000 == 0) key.append(20000, 'x');  // longer than a chunk
      const auto number = static_cast<std::uint32_t>(expected.size());
      const auto [at, is_new] = expected.try_emplace(key, number);
      if (is_new) REQUIRE(keys.find(key) == sp::KeyTable::kNone);
      REQUIRE(keys.find_or_add(key) == at->second);
      REQUIRE(keys.find(key) == at->second);
      REQUIRE(keys.key(at->second) == key);
    }
  }
  CHECK(keys.size() == expected.size());
}

}  // namespace
