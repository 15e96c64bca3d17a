#include "sp-load/copy/copy_encode.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <string>
#include <string_view>

#include "sp-load/copy/copy_buffer.h"
#include "sp/time/timestamp.h"

namespace load = sp::load;

namespace {

constexpr unsigned kBool = 16, kInt8 = 20, kInt2 = 21, kInt4 = 23, kFloat4 = 700, kFloat8 = 701,
                   kDate = 1082, kTimestamp = 1114, kTimestamptz = 1184;

// The bytes as hexadecimal digits, "refused" where the type does not hold the text.
std::string encoded(unsigned oid, std::string_view text) {
  const load::FixedType* type = load::find_fixed_type(oid);
  REQUIRE(type != nullptr);
  char bytes[load::kMaxFixed];
  if (!type->encode(text, bytes)) return "refused";
  std::string out;
  for (std::size_t i = 0; i < type->size; ++i) {
    constexpr char kDigits[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(bytes[i]);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string bits(double value) {
  char bytes[8];
  load::put64(bytes, std::bit_cast<std::uint64_t>(value));
  std::string out;
  for (const char c : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string printed(std::string_view text) {
  const load::FixedType* type = load::find_fixed_type(kTimestamptz);
  char bytes[load::kMaxFixed];
  char out[sp::kMaxTimestampText];
  if (!type->encode(text, bytes)) return "refused";
  return {out, type->print(bytes, out)};
}

struct Row {
  unsigned oid;
  const char* text;
  const char* bytes;
};

}  // namespace

TEST_CASE("values become the bytes of PostgreSQL's send functions") {
  const Row rows[] = {
      {kInt2, "1", "0001"},
      {kInt2, "-32768", "8000"},
      {kInt2, "32768", "refused"},
      {kInt4, "+2147483647", "7fffffff"},
      {kInt4, "2147483648", "refused"},
      {kInt8, " 258\t", "0000000000000102"},
      {kInt8, "-9223372036854775808", "8000000000000000"},
      {kInt8, "9223372036854775808", "refused"},
      {kInt8, "1.0", "refused"},
      {kInt8, "1 2", "refused"},
      {kInt8, " ", "refused"},
      {kFloat8, "1.5", "3ff8000000000000"},
      {kFloat8, "-0", "8000000000000000"},
      {kFloat8, " 1e3 ", "408f400000000000"},
      {kFloat8, "-Infinity", "fff0000000000000"},
      {kFloat8, "inf", "7ff0000000000000"},
      {kFloat8, "NaN", "7ff8000000000000"},
      {kFloat8, "-nan", "refused"},
      {kFloat8, "1e999", "refused"},
      {kFloat8, "1e-999", "refused"},
      {kFloat8, "0e-999", "0000000000000000"},
      {kFloat8, "0x1p3", "refused"},
      {kFloat8, "1,5", "refused"},
      {kFloat4, "16777217", "4b800000"},
      {kFloat4, "1e39", "refused"},
      {kFloat4, "1e-60", "refused"},
      // Rounded to a double first this would become 1 (3f800000).
      {kFloat4, "1.00000005960464477540", "3f800001"},
      {kBool, "t", "01"},
      {kBool, " TRUE ", "01"},
      {kBool, "ye", "01"},
      {kBool, "on", "01"},
      {kBool, "1", "01"},
      {kBool, "o", "refused"},
      {kBool, "of", "00"},
      {kBool, "no", "00"},
      {kBool, "0", "00"},
      {kBool, "truex", "refused"},
      {kBool, "2", "refused"},
      {kTimestamptz, "2000-01-01T00:00:00Z", "0000000000000000"},
      {kTimestamptz, "2000-01-01 00:00:01", "00000000000f4240"},
      {kTimestamptz, "2000-01-01T02:00:00+02:00", "0000000000000000"},
      {kTimestamptz, "1999-12-31T23:59:59.999999Z", "ffffffffffffffff"},
      {kTimestamptz, "2000-01-01", "0000000000000000"},
      {kTimestamptz, "yesterday", "refused"},
      {kTimestamptz, "01/02/2017", "refused"},
      {kTimestamptz, "2017-02-29T00:00:00Z", "refused"},
      {kTimestamptz, "0000-12-31T00:00:00Z", "refused"},
      {kTimestamptz, "9999-12-31T23:59:59.9999999Z", "0380e70b913b7fff"},
      {kTimestamptz, "infinity", "refused"},
      {kTimestamp, "2000-01-01T02:00:00+02:00", "0000000000000000"},
      {kDate, "2000-01-02", "00000001"},
      {kDate, "1999-12-31", "ffffffff"},
      {kDate, "2000-13-01", "refused"},
      {kDate, "0000-01-01", "refused"},
      {kDate, "2000-01-02T00:00:00Z", "refused"},
  };
  for (const Row& row : rows) {
    INFO("type ", load::find_fixed_type(row.oid)->name, ", text '", row.text, "'");
    CHECK(encoded(row.oid, row.text) == row.bytes);
  }
}

TEST_CASE("a double is the nearest one to its text") {
  for (const char* text : {"0.1", "42.653999999999996", "9007199254740993",
                           "2.2250738585072011e-308", "1.7976931348623157e308", "5e-324"}) {
    CAPTURE(text);
    CHECK(encoded(kFloat8, text) == bits(std::strtod(text, nullptr)));
  }
}

TEST_CASE("times are written for text COPY as the instant they are") {
  CHECK(printed("2017-07-01 03:00:00.5+03:00") == "2017-07-01T00:00:00.500000Z");
  CHECK(printed("2017-07-01T00:00") == "2017-07-01T00:00:00.000000Z");
  CHECK(printed("1970-01-01T00:00:00Z") == "1970-01-01T00:00:00.000000Z");
  CHECK(printed("1969-12-31T23:59:59.9999996Z") == "1970-01-01T00:00:00.000000Z");
  CHECK(printed("2016-12-31T23:59:60Z") == "2017-01-01T00:00:00.000000Z");
}

TEST_CASE("types that are not known go as text") {
  CHECK(load::find_fixed_type(1700) == nullptr);  // numeric
  CHECK(load::find_fixed_type(3802) == nullptr);  // jsonb
  CHECK(load::is_text_type(25));
  CHECK(load::is_text_type(1043));
  CHECK_FALSE(load::is_text_type(3802));
}

TEST_CASE("what a PostgreSQL text cannot hold is found and replaced") {
  using namespace std::string_view_literals;
  struct {
    std::string_view text;
    std::size_t at;
    std::string_view mended;
  } const rows[] = {
      {"", std::string_view::npos, ""},
      {"plain ASCII, longer than eight bytes", std::string_view::npos,
       "plain ASCII, longer than eight bytes"},
      {"\xd1\x81\xd0\xbe\xd1\x84\xd0\xb8\xd1\x8f", std::string_view::npos,
       "\xd1\x81\xd0\xbe\xd1\x84\xd0\xb8\xd1\x8f"},
      {"12345678\0x"sv, 8, "12345678\xef\xbf\xbdx"},
      {"\0"sv, 0, "\xef\xbf\xbd"},
      {"abc\xff", 3, "abc\xef\xbf\xbd"},
      {"1234567\xc3", 7, "1234567\xef\xbf\xbd"},
      {"\xed\xa0\x80", 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // a surrogate
      {"\xc0\xaf", 0, "\xef\xbf\xbd\xef\xbf\xbd"},                  // overlong
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(load::find_bad_text(row.text) == row.at);
    CHECK(load::replace_bad_text(row.text) == row.mended);
  }
}

TEST_CASE("fields of text COPY are escaped") {
  const std::pair<const char*, const char*> rows[] = {
      {"plain", "plain"},          {"\\.", "\\\\."}, {"\\N", "\\\\N"}, {"a\tb", "a\\tb"},
      {"a\nb\r\n", "a\\nb\\r\\n"}, {"", ""},
  };
  for (const auto& [text, escaped] : rows) {
    load::CopyBuffer out;
    load::append_copy_text(out, text);
    CHECK(out.view() == escaped);
  }
}

TEST_CASE("the buffer keeps its bytes when it grows") {
  load::CopyBuffer buffer(2);
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    buffer.append(std::to_string(i));
    buffer.append(',');
    expected += std::to_string(i) + ',';
  }
  CHECK(buffer.view() == expected);
  buffer.truncate(3);
  buffer.append("x");
  CHECK(buffer.view() == "0,1x");
}
