#include "sp/schema/natural_key.h"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

namespace {

std::string key_of(const std::vector<std::string>& texts) {
  sp::NaturalKey key;
  for (const std::string& text : texts) key.add(text, false);
  return key.text();
}

std::string integer(const std::string& text) {
  sp::NaturalKey key;
  key.add(text, true);
  return key.text();
}

TEST_CASE("integers of a key have one spelling") {
  struct Row {
    std::string text, canonical;
  };
  for (const Row& row : std::vector<Row>{{"7", "7"},
                                         {"007", "7"},
                                         {"+7", "7"},
                                         {"-7", "-7"},
                                         {"-007", "-7"},
                                         {"0", "0"},
                                         {"000", "0"},
                                         {"-0", "0"},
                                         {"+0", "0"},
                                         {"10", "10"},
                                         {"0010", "10"},
                                         {"-10", "-10"},
                                         {"00000000000000000000000000000001", "1"},
                                         {"x", "x"},
                                         {"+", "+"},
                                         {"0x1", "0x1"}}) {
    CAPTURE(row.text);
    CHECK(integer(row.text) == row.canonical);
  }
}

TEST_CASE("no two lists of fields are one key") {
  const std::vector<std::string> texts = {"a",   "b",  "/",  "%",        "%2F",
                                          "a/b", "2F", "a%", "\xc3\xa9", ""};
  std::set<std::string> seen;
  std::size_t count = 0;
  for (const std::string& first : texts) {
    seen.insert(key_of({first}));
    ++count;
    for (const std::string& second : texts) {
      seen.insert(key_of({first, second}));
      ++count;
      for (const std::string& third : texts) {
        seen.insert(key_of({first, second, third}));
        ++count;
      }
    }
  }
  CHECK(seen.size() == count);
  CHECK(key_of({"Am Markt/1", "7"}) == "Am Markt%2F1/7");
}

TEST_CASE("what is no key") {
  CHECK(sp::key_fault(std::string(200, 'x')) == "");
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "\xc3\xbc";
  CHECK(sp::key_fault(umlauts) == "");
  CHECK(sp::key_fault(umlauts + "x").find("201 characters") != std::string::npos);
  CHECK(sp::key_fault("\xff").find("UTF-8") != std::string::npos);
  CHECK(sp::key_fault(std::string("a\0b", 3)).find("zero") != std::string::npos);
}

}  // namespace
