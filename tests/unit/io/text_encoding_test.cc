// Encodings in, UTF-8 out, cut at every place.
#include "sp/io/text_encoding.h"

#include <doctest/doctest.h>

#include <string>

#include "sp/base/diagnostic.h"

using namespace std::string_literals;

namespace {

std::string decode(const std::string& text, const std::string& encoding, std::size_t chunk) {
  auto source = sp::decode_source(sp::memory_source(text, "x", chunk), "", encoding);
  std::string out;
  char buffer[7];
  while (const std::size_t n = source->read(buffer, sizeof buffer)) out.append(buffer, n);
  return out;
}

}  // namespace

TEST_CASE("encodings") {
  struct Case {
    const char* encoding;
    std::string text, utf8;
  };
  const Case cases[] = {
      {"ISO-8859-1", "\xb5g/m\xb3\n", "\xc2\xb5g/m\xc2\xb3\n"},
      {"WINDOWS-1252", "\x80 1,5\n", "\xe2\x82\xac 1,5\n"},
      {"UTF-16LE", "a\0\xac\x20\n\0"s, "a\xe2\x82\xac\n"},
      {"UTF-16BE", "\0a\x20\xac"s, "a\xe2\x82\xac"},
      {"UTF-16LE", "\x3d\xd8\x00\xde"s, "\xf0\x9f\x98\x80"},
  };
  for (const Case& c : cases) {
    for (std::size_t chunk = 1; chunk < 9; ++chunk)
      CHECK(decode(c.text, c.encoding, chunk) == c.utf8);
  }
}

TEST_CASE("what is not of the encoding is named with its offset") {
  CHECK_THROWS_WITH_AS(decode("abc\x81", "WINDOWS-1252", 2),
                       "the bytes 81 at offset 3 are not WINDOWS-1252; name the input's encoding "
                       "with --encoding",
                       sp::Error);
  CHECK_THROWS_AS(decode("a\0b"s, "UTF-16LE", 9), sp::Error);
  CHECK_THROWS_AS(decode("", "NO-SUCH-THING", 9), sp::Error);
}

TEST_CASE("byte-order marks") {
  CHECK(sp::encoding_of_mark("\xff\xfe"
                             "a") == "UTF-16LE");
  CHECK(sp::encoding_of_mark("\xfe\xff") == "UTF-16BE");
  CHECK(sp::encoding_of_mark("\xef\xbb\xbf").empty());
  CHECK(sp::encoding_of_mark("").empty());
}
