#include "sp/base/json_text.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace {

std::string quoted(std::string_view text) {
  std::string out;
  sp::append_json_string(out, text);
  return out;
}

}  // namespace

TEST_CASE("JSON strings: what is escaped, what is kept, what is replaced") {
  struct Row {
    std::string_view text, json;
  };
  using namespace std::string_view_literals;
  const Row rows[] = {
      {"", "\"\""},
      {"plain text 123", "\"plain text 123\""},
      {"a\"b\\c", R"("a\"b\\c")"},
      {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
      {"\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\""},
      {"\0"sv, R"("\u0000")"},
      {"Младост €😀", "\"Младост €😀\""},
      {"\xff", "\"\xef\xbf\xbd\""},                                  // no lead byte
      {"a\xc3", "\"a\xef\xbf\xbd\""},                                // cut short
      {"\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                  // overlong
      {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},  // a surrogate
      {"\xf4\x90\x80\x80z", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.json);
    CHECK(quoted(row.text) == row.json);
  }
}

TEST_CASE("JSON numbers by RFC 8259's grammar") {
  for (const char* text : {"0", "-0", "7", "42", "-12", "0.5", "10.25", "1e5", "1E+05", "-0.0e-10",
                           "123456789012345678901234567890"}) {
    CAPTURE(text);
    CHECK(sp::is_json_number(text));
  }
  for (const char* text : {"",     "-",  "+1", "007", "-01", "1.",  ".5",  "1e",  "1e+",   "1.e5",
                           "0x10", " 1", "1 ", "1,5", "nan", "inf", "1-2", "--1", "1.2.3", "٣"}) {
    CAPTURE(text);
    CHECK_FALSE(sp::is_json_number(text));
  }
}

TEST_CASE("JSON objects keep the order of their members") {
  sp::JsonObject object;
  CHECK(object.str() == "{}");
  object.add("text", "a\"b").add("count", std::uint64_t{18446744073709551615u});
  object.add("less", std::int64_t{-5}).add("int", 7).add("third", 1.0 / 3).add("yes", true);
  object.add("none", std::numeric_limits<double>::quiet_NaN()).add("null", nullptr);
  sp::JsonArray list;
  CHECK(list.str() == "[]");
  list.add("a\n").add(sp::JsonObject().add("b", 1)).add(sp::JsonObject());
  object.add("list", list).add("nested", sp::JsonObject().add("c", true));
  CHECK(object.str() == R"({"text":"a\"b","count":18446744073709551615,"less":-5,"int":7,)"
                        R"("third":0.3333333333333333,"yes":true,"none":null,"null":null,)"
                        R"("list":["a\n",{"b":1},{}],"nested":{"c":true}})");
}
