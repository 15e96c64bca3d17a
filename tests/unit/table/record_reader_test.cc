// Which format an input is taken for, and which rows the tools take that want sound ones.
#include "sp/table/record_reader.h"

#include <doctest/doctest.h>

#include <string>

#include "failure.h"
#include "sp/table/formats.h"

namespace {

// The words for why the first row is not sound; empty where it is.
std::string complaint(std::string_view text) {
  sp::ReadOptions options;
  options.delimiter = ',';
  const auto reader = sp::open_reader(sp::memory_source(text, "t"), options);
  sp::Record record;
  REQUIRE(reader->next(record));
  return failure([&] { sp::require_sound(*reader, record); });
}

}  // namespace

TEST_CASE("the first byte that is not white space tells the format") {
  struct Case {
    std::string text;
    sp::Format format;
  };
  const Case cases[] = {
      {"a,b\n1,2\n", sp::Format::kCsv},
      {"{\"a\":1}\n", sp::Format::kNdjson},
      {"\n \t\r\n{\"a\":1}\n", sp::Format::kNdjson},
      {"\xef\xbb\xbf{\"a\":1}\n", sp::Format::kNdjson},
      {"\xef\xbb\xbf"
       "a,b\n",
       sp::Format::kCsv},
      {std::string(200000, '\n') + "{\"a\":1}\n", sp::Format::kNdjson},
      {"\"{\",b\n", sp::Format::kCsv},
      {"[1]\n", sp::Format::kCsv},
  };
  for (const Case& c : cases) {
    for (const std::size_t chunk : {1u, 3u, 100000u}) {
      const auto reader = sp::open_reader(sp::memory_source(c.text, "t", chunk), {});
      CHECK(reader->format() == c.format);
      CHECK(reader->name() == "t");
      CHECK((reader->delimiter() == '\0') == (c.format == sp::Format::kNdjson));
    }
  }
}

TEST_CASE("a format that is named is not looked for") {
  sp::ReadOptions options;
  options.from = sp::Format::kCsv;
  CHECK(sp::open_reader(sp::memory_source("{a:1}\n"), options)->format() == sp::Format::kCsv);
  options.from = sp::Format::kTsv;
  const auto tsv = sp::open_reader(sp::memory_source("a,b\tc\n"), options);
  CHECK(tsv->columns().names() == std::vector<std::string>{"a,b", "c"});
  options.from = sp::Format::kNdjson;
  CHECK(failure([&] { sp::open_reader(sp::memory_source("a,b\n"), options); }).starts_with("65 "));
}

TEST_CASE("an input without a header is a data error, an NDJSON input without rows is not") {
  for (const char* empty : {"", "\xef\xbb\xbf"}) {
    CHECK(failure([&] { sp::open_reader(sp::memory_source(empty), {}); }).starts_with("65 "));
    sp::ReadOptions options;
    options.from = sp::Format::kNdjson;
    CHECK(sp::open_reader(sp::memory_source(empty), options)->columns().size() == 0);
  }
}

TEST_CASE("rows that are not sound") {
  CHECK(complaint("a,b\n1,2\n").empty());
  CHECK(complaint("a,b\n,\n").empty());
  CHECK(complaint("a\n\"\"\n").empty());
  CHECK(complaint("{\"a\":1}\n").empty());
  CHECK(complaint("a,b\n1\n").starts_with("65 the row has 1 cell for 2 columns"));
  CHECK(complaint("a,b\n1,2,3\n").starts_with("65 the row has 3 cells for 2 columns"));
  CHECK(complaint("a,b\n\n1,2\n").starts_with("65 the row is blank"));
  CHECK(complaint("a,b\n\r\n1,2\n").starts_with("65 the row is blank"));
  CHECK(complaint("a,b\n\"x\"y,2\n").starts_with("65 there is text after the closing quote"));
  CHECK(complaint("{\"a\":[]}\n").starts_with("65 an object or array"));
}
