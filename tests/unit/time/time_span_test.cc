#include "sp/time/time_span.h"

#include <doctest/doctest.h>

#include <string>

TEST_CASE("spans of one length have one spelling") {
  struct Row {
    const char *text, *canonical;  // canonical "": refused
  };
  const Row rows[] = {
      {"500ms", "500ms"},
      {"5s", "5s"},
      {"3", "3s"},
      {"60", "1m"},
      {"5min", "5m"},
      {"5m", "5m"},
      {"60m", "1h"},
      {"1.5h", "90m"},
      {"24h", "1d"},
      {"7d", "7d"},
      {"1w", "1w"},
      {"2w", "2w"},
      {"3mo", "3mo"},
      {"12mo", "1y"},
      {"1y", "1y"},
      {"0", "0d"},
      {"0.5s", "500ms"},
      {"1000ms", "1s"},
      {"", ""},
      {"s", ""},
      {"5 s", ""},
      {"-1s", ""},
      {"1e3s", ""},
      {"5x", ""},
      {"5sx", ""},
      {"..5s", ""},
      {"nan", ""},
      {"inf", ""},
      {"0x10s", ""},
      {"1e999s", ""},
      {"5S", ""},
      {"+5s", ""},
      {"5s5s", ""},
      {"1.5mo", ""},
      {"0.5w", ""},
      {"0.1ms", ""},
      {"99999999999999999999y", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto span = sp::parse_time_span(row.text);
    CHECK((span ? sp::canonical(*span) : "") == row.canonical);
    if (span) CHECK(sp::parse_time_span(sp::canonical(*span)) == span);
  }
}

TEST_CASE("a flag that waits takes spans of fixed length, up to ten years") {
  struct Row {
    const char* text;
    long long millis;  // -1: refused
  };
  const Row rows[] = {{"500ms", 500},    {"3", 3000},      {"1.5m", 90000}, {"7d", 604800000},
                      {"1w", 604800000}, {"5min", 300000}, {"0", 0},        {"1mo", -1},
                      {"1y", -1},        {"99999d", -1},   {"600w", -1},    {"nonsense", -1}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto millis = sp::parse_duration_flag(row.text);
    CHECK((millis ? millis->count() : -1) == row.millis);
  }
  CHECK(sp::not_a_time("x").find("'x' is no time") == 0);
}
