// Numbers from text and to text.
#include "sp/number/number.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>

namespace {

std::string fixed(double value, int decimals) {
  char text[sp::kMaxNumberText];
  return {text, sp::format_fixed(value, decimals, text)};
}

std::string shortest(double value) {
  char text[sp::kMaxNumberText];
  return {text, sp::format_shortest(value, text)};
}

// The C library's answer, whose zero has no sign here.
std::string printed(double value, int decimals) {
  char text[512];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  const std::string result = text;
  const bool is_zero = result.find_first_not_of("-0.") == std::string::npos;
  return is_zero && result[0] == '-' ? result.substr(1) : result;
}

// Doubles of every size, and decimals such as sensors write.
double any_double(std::mt19937_64& random) {
  switch (random() % 4) {
    case 0: {
      const std::uint64_t bits = random();
      double value = 0;
      static_assert(sizeof bits == sizeof value);
      std::memcpy(&value, &bits, sizeof value);
      return std::isfinite(value) ? value : 1;
    }
    case 1:
      return static_cast<double>(random() % 2'000'000) / 100 - 1e4;
    case 2:  // halves, quarters, …: ties
      return std::ldexp(static_cast<double>(random() % 100'000), -static_cast<int>(random() % 20));
    default:
      return static_cast<double>(random()) / 1e10;
  }
}

}  // namespace

TEST_CASE("what is a number and what is not") {
  struct Row {
    std::string text;
    bool is_number;
    double value;
  };
  const Row rows[] = {
      {"0", true, 0},
      {"-0", true, 0},
      {"+5", true, 5},
      {"007", true, 7},
      {"95270.27", true, 95270.27},
      {"-145.12", true, -145.12},
      {"42.663000000000004", true, 42.663000000000004},
      {"42.653999999999996", true, 42.653999999999996},
      {".5", true, .5},
      {"5.", true, 5},
      {"-.5", true, -.5},
      {"1e3", true, 1000},
      {"1E-3", true, .001},
      {"1.5e+2", true, 150},
      {"12345678", true, 12345678},
      {"1234567.", true, 1234567},
      {".1234567", true, .1234567},
      {"123456789", true, 123456789},
      {"9007199254740993", true, 9007199254740992.0},
      {"9007199254740993.0000000001", true, 9007199254740994.0},
      {"123456789012345678901234567890", true, 123456789012345678901234567890.0},
      {"0.000000000000000000000000000001", true, 1e-30},
      {"00000000000000000000000000000001", true, 1},
      {"1.7976931348623157e308", true, std::numeric_limits<double>::max()},
      {"2.2250738585072014e-308", true, std::numeric_limits<double>::min()},
      {"", false, 0},
      {"-", false, 0},
      {"+", false, 0},
      {".", false, 0},
      {"-.", false, 0},
      {"+-5", false, 0},
      {"--5", false, 0},
      {" 5", false, 0},
      {"5 ", false, 0},
      {"5x", false, 0},
      {"1,5", false, 0},
      {"1.2.3", false, 0},
      {"1..2", false, 0},
      {"e5", false, 0},
      {".e5", false, 0},
      {"1e", false, 0},
      {"1e+", false, 0},
      {"1e5.0", false, 0},
      {"nan", false, 0},
      {"NaN", false, 0},
      {"inf", false, 0},
      {"infinity", false, 0},
      {"0x10", false, 0},
      {"1_000", false, 0},
      {"1234567:", false, 0},
      {"/1234567", false, 0},
      {"12345678901234567x", false, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    double value = 99;
    CHECK(sp::parse_double(row.text, value) == row.is_number);
    if (row.is_number) CHECK(value == row.value);
  }
}

TEST_CASE("a text with bytes after it is read to its end only") {
  const std::string text = "123456789012345678901234567890";
  for (std::size_t begin = 0; begin < 10; ++begin) {
    for (std::size_t size = 1; begin + size <= text.size(); ++size) {
      const std::string piece = text.substr(begin, size);
      double value = 0;
      REQUIRE(sp::parse_double(std::string_view(text).substr(begin, size), value));
      CHECK(value == std::strtod(piece.c_str(), nullptr));
    }
  }
}

TEST_CASE("random numbers are read as the C library reads them") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    char text[64];
    const double origin = any_double(random);
    const int digits = static_cast<int>(random() % 20) + 1;
    std::snprintf(text, sizeof text, random() % 2 == 0 ? "%.*g" : "%.*e", digits, origin);
    const double expected = std::strtod(text, nullptr);
    if (!std::isfinite(expected)) continue;
    double value = 0;
    CAPTURE(text);
    REQUIRE(sp::parse_double(text, value));
    REQUIRE(value == expected);
  }
}

TEST_CASE("integers") {
  struct Row {
    std::string text;
    bool is_integer;
    std::int64_t value;
  };
  const Row rows[] = {
      {"0", true, 0},
      {"-0", true, 0},
      {"+12", true, 12},
      {"007", true, 7},
      {"12345678", true, 12345678},
      {"123456789", true, 123456789},
      {"9223372036854775807", true, std::numeric_limits<std::int64_t>::max()},
      {"-9223372036854775808", true, std::numeric_limits<std::int64_t>::min()},
      {"9223372036854775808", false, 0},
      {"-9223372036854775809", false, 0},
      {"", false, 0},
      {"-", false, 0},
      {"+", false, 0},
      {"+-5", false, 0},
      {"-+5", false, 0},
      {"1.0", false, 0},
      {"1e3", false, 0},
      {" 1", false, 0},
      {"1 ", false, 0},
      {"1234567x", false, 0},
      {"12:45678", false, 0},
      {"0x1", false, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    std::int64_t value = 99;
    CHECK(sp::parse_int64(row.text, value) == row.is_integer);
    if (row.is_integer) CHECK(value == row.value);
  }
}

TEST_CASE("fixed decimals: exact ties go to even, and zero has no sign") {
  struct Row {
    double value;
    int decimals;
    std::string text;
  };
  const Row rows[] = {
      {0, 0, "0"},
      {-0.0, 2, "0.00"},
      {-0.004, 2, "0.00"},
      {-0.005, 2, "-0.01"},  // the double lies a little below
      {0.5, 0, "0"},
      {1.5, 0, "2"},
      {2.5, 0, "2"},
      {-2.5, 0, "-2"},
      {0.125, 2, "0.12"},
      {0.375, 2, "0.38"},
      {2.675, 2, "2.67"},  // the double lies below 2.675
      {1.005, 2, "1.00"},
      {952.7027, 4, "952.7027"},
      {99.995, 2, "100.00"},
      {0.001, 2, "0.00"},
      {0.07, 1, "0.1"},
      {1e22, 2, "10000000000000000000000.00"},
      {-1e-320, 17, "0.00000000000000000"},
      {4503599627370496.5, 0, "4503599627370496"},
      {4503599627370497.5, 0, "4503599627370498"},
      {123456789.125, 17, "123456789.12500000000000000"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.value);
    CHECK(fixed(row.value, row.decimals) == row.text);
  }
  CHECK(fixed(std::numeric_limits<double>::max(), 17).size() < sp::kMaxNumberText);
}

TEST_CASE("fixed decimals are those of printf") {
  std::mt19937_64 random(2);
  for (int i = 0; i < 200'000; ++i) {
    const double value = any_double(random);
    const int decimals = static_cast<int>(random() % 18);
    CAPTURE(value);
    CAPTURE(decimals);
    REQUIRE(fixed(value, decimals) == printed(value, decimals));
  }
}

TEST_CASE("the shortest text reads back as the same number") {
  struct Row {
    double value;
    std::string text;
  };
  const Row rows[] = {{0, "0"},
                      {-0.0, "0"},
                      {0.1, "0.1"},
                      {1e-5, "0.00001"},
                      {100000, "100000"},
                      {-952.7027, "-952.7027"},
                      {1e16, "10000000000000000"}};
  for (const Row& row : rows) CHECK(shortest(row.value) == row.text);
  std::mt19937_64 random(3);
  for (int i = 0; i < 100'000; ++i) {
    const double value = any_double(random);
    double back = 0;
    CAPTURE(value);
    const std::string text = shortest(value);
    REQUIRE(sp::parse_double(text, back));
    REQUIRE(back == value);
    const double size = std::fabs(value);
    if (size >= 1e-5 && size < 1e17) REQUIRE(text.find('e') == std::string::npos);
  }
}

TEST_CASE("integers are written whole") {
  char text[20];
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{42},
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    CHECK(std::string(text, sp::format_int(value, text)) == std::to_string(value));
  }
}

TEST_CASE("numbers of many digits that are lost to zero") {
  double value = 1;
  for (const std::size_t zeros : {1u, 20u, 63u, 64u, 65u, 200u}) {
    const std::string many = "0.1" + std::string(zeros, '0');
    CHECK_FALSE(sp::parse_double(many + "e-400", value));
    CHECK(sp::parse_double(many, value));
    CHECK(value == 0.1);
    CHECK(sp::parse_double("0." + std::string(zeros, '0') + "e-400", value));
    CHECK(value == 0);
  }
}
