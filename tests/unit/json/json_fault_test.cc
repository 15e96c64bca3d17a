#include "sp/json/json_fault.h"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <random>

namespace {

// "2:5 message", or "" for a sound text.
std::string fault(std::string_view text) {
  const auto found = sp::find_json_fault(text);
  if (!found) return "";
  return std::to_string(found->line) + ":" + std::to_string(found->column) + " " + found->message;
}

bool parses(const std::string& text) {
  simdjson::dom::parser parser;
  return parser.parse(text).error() == simdjson::SUCCESS;
}

}  // namespace

TEST_CASE("a sound text has no fault") {
  for (const char* text : {"{}", "[]", " [1, -2.5e3, \"a\\u00e9\\n\", true, false, null] \n", "7",
                           "{\"a\": {\"b\": [[], {}]}, \"c\": \"d\"}", "\"x\""}) {
    CHECK(fault(text) == "");
  }
}

TEST_CASE("a fault is told by line and column, with what to do") {
  CHECK(fault("") == "1:1 there is nothing");
  CHECK(fault("{\n  \"a\": 1\n  \"b\": 2\n}") == "3:3 a comma or } is missing before '\"b\"'");
  CHECK(fault("[1 2]") == "1:4 a comma or ] is missing before '2'");
  CHECK(fault("{\"a\": 1,\n}") == "1:8 a comma that nothing follows");
  CHECK(fault("[1, ]") == "1:3 a comma that nothing follows");
  CHECK(fault("[[1, 2], [,]]") == "1:11 a value is missing before ','");
  CHECK(fault("{\"a\" 1}") == "1:6 a colon is missing after the name");
  CHECK(fault("{\"a\": }") == "1:7 a value is missing before '}'");
  CHECK(fault("{name: 1}") == "1:2 a name in double quotes is missing before 'name'");
  CHECK(fault("{\"a\": 'x'}") == "1:7 ''x'' is not a JSON value; texts stand in double quotes");
  CHECK(fault("{\"a\": 007}") == "1:7 '007' is not a JSON value; a text stands in double quotes");
  CHECK(fault("[1, // one\n2]") == "1:5 '//' is not a JSON value; JSON has no comments");
  CHECK(fault("{\"é\": \"x\n\"}") == "1:7 a text is not closed on its line");
  CHECK(fault("[\"a\tb\"]") == "1:4 a control character in a text must be written as \\u00XX");
  CHECK(fault("[\"\\d\"]") == "1:3 a wrong escape in a text; a backslash itself is \\\\");
  CHECK(fault("{\"a\": [1,\n2") == "2:2 the text ends inside the [ of line 1");
  CHECK(fault("{} x") == "1:4 there is more after the end");
  CHECK(fault("[\"a\xff\"]") == "1:4 a byte here is not UTF-8");
  CHECK(fault("\xef\xbb\xbf{}") == "1:1 a byte-order mark; save the file without one");
  CHECK(fault("[1]\xff") == "1:4 a byte here is not UTF-8");
}

TEST_CASE("depth does not end it") {
  CHECK(fault(std::string(100000, '[')).starts_with("1:100001 the text ends"));
}

TEST_CASE("it finds a fault where the parser does, and nowhere else") {
  const std::string sound = R"({"fields": [{"name": "a\n", "unit": "\u00b5g", "x": [1, -0.5e3]},
 {"name": "b", "ok": true}], "none": null})";
  std::mt19937 random(5);
  constexpr std::string_view kBytes = "{}[]:,\"\\ \n019.-eEtfnu\xc3\xa9";
  for (int i = 0; i < 20000; ++i) {
    std::string text = sound;
    const std::size_t at = random() % text.size();
    switch (random() % 3) {
      case 0:
        text.erase(at, 1);
        break;
      case 1:
        text[at] = kBytes[random() % kBytes.size()];
        break;
      default:
        text.insert(at, 1, kBytes[random() % kBytes.size()]);
    }
    CAPTURE(text);
    REQUIRE(fault(text).empty() == parses(text));
  }
}
