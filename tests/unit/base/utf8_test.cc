#include "sp/base/utf8.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace {

std::string encode(char32_t c) {
  const auto byte = [](char32_t value) { return static_cast<char>(value); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xc0 | (c >> 6)), byte(0x80 | (c & 63))};
  if (c < 0x10000) {
    return {byte(0xe0 | (c >> 12)), byte(0x80 | ((c >> 6) & 63)), byte(0x80 | (c & 63))};
  }
  return {byte(0xf0 | (c >> 18)), byte(0x80 | ((c >> 12) & 63)), byte(0x80 | ((c >> 6) & 63)),
          byte(0x80 | (c & 63))};
}

}  // namespace

TEST_CASE("UTF-8: every code point but the surrogates, and nothing above the last") {
  std::size_t wrong = 0;
  for (char32_t c = 0; c < 0x110000; ++c) {
    const std::string text = encode(c);
    const bool is_surrogate = c >= 0xd800 && c <= 0xdfff;
    const std::size_t expected = is_surrogate ? 0 : text.size();
    if (sp::utf8_sequence(text, 0) != expected) ++wrong;
    if (expected != 0 && sp::utf8_decode(text) != c) ++wrong;
    // Cut short it is nothing.
    if (text.size() > 1 &&
        sp::utf8_sequence(std::string_view(text).substr(0, text.size() - 1), 0)) {
      ++wrong;
    }
  }
  CHECK(wrong == 0);
  CHECK(sp::utf8_sequence(encode(0x110000), 0) == 0);
}

TEST_CASE("UTF-8: overlong forms and stray bytes are none") {
  for (const char* text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
        "\xf5\x80\x80\x80", "\xff", "\xc3(", "\xe2\x82(", "\xf0\x9f\x98("}) {
    CHECK(sp::utf8_sequence(text, 0) == 0);
  }
  CHECK(sp::utf8_sequence("", 0) == 0);
  CHECK(sp::utf8_sequence("a", 1) == 0);
}

TEST_CASE("UTF-8: the first bad byte of a long text is found wherever it is") {
  std::mt19937 random(2);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    const std::size_t length = random() % 300;
    while (text.size() < length) text += random() % 20 == 0 ? "я" : random() % 40 == 0 ? "😀" : "x";
    CHECK(sp::find_invalid_utf8(text) == std::string_view::npos);
    std::size_t at = text.empty() ? 0 : random() % text.size();
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
    text.insert(at, 1, '\xfe');
    CHECK(sp::find_invalid_utf8(text) == at);
  }
}

TEST_CASE("UTF-8: the length of a text is that of its code points") {
  CHECK(sp::utf8_length("") == 0);
  CHECK(sp::utf8_length("abc") == 3);
  CHECK(sp::utf8_length("Sofiя 😀") == 7);
}
