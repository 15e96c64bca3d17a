// RFC 4180 row by row, and random inputs cut at random places against a reader of one byte at a
// time.
#include "sp/table/csv_reader.h"

#include "sp/table/csv_delimiter.h"

#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "sp/table/formats.h"

namespace {

using Rows = std::vector<std::vector<std::string>>;

struct ReadResult {
  std::vector<std::string> header;
  Rows rows;
  Rows encoded;
  std::string raw;  // header and rows, put together again
  std::vector<std::uint64_t> lines;
  std::vector<bool> defects;
  std::string error;
};

ReadResult read(std::string_view text, std::size_t chunk = SIZE_MAX, char delimiter = ',',
                sp::CsvScan scan = nullptr, std::uint64_t max_row = 1 << 20) {
  ReadResult result;
  sp::ReadOptions options;
  options.delimiter = delimiter;
  options.max_row_bytes = max_row;
  try {
    sp::CsvReader reader(sp::memory_source(text, "t.csv", chunk), "", options, scan);
    result.header = reader.columns().names();
    result.raw = reader.header_text();
    sp::Record record;
    while (reader.next(record)) {
      std::vector<std::string> cells;
      std::vector<std::string> encoded;
      for (std::size_t i = 0; i < record.size(); ++i) {
        cells.emplace_back(record[i]);
        encoded.emplace_back(record.encoded(i));
      }
      result.rows.push_back(cells);
      result.encoded.push_back(encoded);
      result.raw += record.raw();
      result.lines.push_back(record.line());
      result.defects.push_back(!record.defect().empty());
      CHECK(record.row() == result.rows.size());
    }
  } catch (const sp::Error& e) {
    result.error = e.what();
  }
  return result;
}

// What csv_reader.h says, one byte at a time.
Rows by_hand(std::string_view text, char delimiter, std::vector<bool>& defects) {
  Rows rows;
  std::vector<std::string> row;
  std::string cell;
  bool quoted = false;
  bool in_quotes = false;
  bool defect = false;
  bool began = false;
  bool row_open = false;
  auto end_row = [&] {
    if (!quoted && cell.ends_with('\r')) cell.pop_back();
    row.push_back(cell);
    rows.push_back(row);
    defects.push_back(defect);
    row.clear();
    cell.clear();
    quoted = defect = began = row_open = false;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    row_open = true;
    if (in_quotes) {
      if (c != '"') {
        cell += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cell += c;
        ++i;
      } else {
        in_quotes = false;
      }
    } else if (c == delimiter) {
      row.push_back(cell);
      cell.clear();
      quoted = began = false;
    } else if (c == '\n') {
      end_row();
    } else if (c == '"' && !began) {
      quoted = in_quotes = began = true;
    } else {
      const bool line_end = c == '\r' && (i + 1 == text.size() || text[i + 1] == '\n');
      if (!line_end && (quoted || c == '"' || c == '\r')) defect = true;
      if (!quoted || !line_end) cell += c;
      began = true;
    }
  }
  if (row_open) {
    if (!quoted && cell.ends_with('\r')) cell.pop_back();
    row.push_back(cell);
    rows.push_back(row);
    defects.push_back(defect);
  }
  return rows;
}

}  // namespace

TEST_CASE("rows of RFC 4180") {
  struct Case {
    const char* text;
    Rows rows;  // the first is the header
  };
  const Case cases[] = {
      {"a,b\n1,2\n", {{"a", "b"}, {"1", "2"}}},
      {"a,b\n1,2", {{"a", "b"}, {"1", "2"}}},
      {"a,b\r\n1,2\r\n", {{"a", "b"}, {"1", "2"}}},
      {"a,b\r\n1,\r\n", {{"a", "b"}, {"1", ""}}},
      {"\xef\xbb\xbf"
       "a,b\n1,2\n",
       {{"a", "b"}, {"1", "2"}}},
      {"a,b\n\"x,\"\"y\"\"\n\",2\n", {{"a", "b"}, {"x,\"y\"\n", "2"}}},
      {"a,b\r\n\"1\",\"2\"\r\n\"3\",4\r\n", {{"a", "b"}, {"1", "2"}, {"3", "4"}}},
      {",a,a\n,,\n", {{"", "a", "a"}, {"", "", ""}}},
      {"a\n\n1\n", {{"a"}, {""}, {"1"}}},
      {"a,b\n1\n1,2,3\n", {{"a", "b"}, {"1"}, {"1", "2", "3"}}},
      {"a\nx\"y\"z\n", {{"a"}, {"x\"y\"z"}}},
      {"a,b\n\"\",\"\"\"\"\n", {{"a", "b"}, {"", "\""}}},
      {"\"a\nb\",c\n1,2\n", {{"a\nb", "c"}, {"1", "2"}}},
      {"a", {{"a"}}},
  };
  for (const Case& c : cases) {
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{3}, std::size_t{SIZE_MAX}}) {
      CAPTURE(c.text);
      const ReadResult result = read(c.text, chunk);
      CHECK(result.error.empty());
      CHECK(result.header == c.rows[0]);
      CHECK(result.rows == Rows(c.rows.begin() + 1, c.rows.end()));
    }
  }
}

TEST_CASE("lines are counted through line ends in quotes") {
  const ReadResult result = read("a,b\n1,\"x\ny\nz\"\n2,3\n");
  CHECK(result.lines == std::vector<std::uint64_t>{2, 5});
  CHECK(result.encoded[0][1] == "\"x\ny\nz\"");
}

TEST_CASE("text after a closing quote is a defect of its row alone") {
  const ReadResult result = read("a,b\n\"1\"x,2\n3,4\n");
  CHECK(result.defects == std::vector<bool>{true, false});
  CHECK(result.rows[1] == std::vector<std::string>{"3", "4"});
}

TEST_CASE("inputs that cannot be read") {
  CHECK(read("").error.find("empty") != std::string::npos);
  CHECK(read("a\n\"1\n2\n").error.find("never closed") != std::string::npos);
  CHECK(read("\xff\xfe"
             "a")
            .error.find("UTF-16") != std::string::npos);
  CHECK(read("a\n" + std::string(101, 'x') + "\n", SIZE_MAX, ',', nullptr, 100)
            .error.find("longer than 100 bytes") != std::string::npos);
}

TEST_CASE("rows larger than any buffer") {
  const std::string big(3'000'000, 'x');
  const ReadResult result =
      read("a,b\n" + big + ",\"" + big + "\n\"\n1,2\n", 65536, ',', nullptr, 10'000'000);
  CHECK(result.error.empty());
  REQUIRE(result.rows.size() == 2);
  CHECK(result.rows[0][0] == big);
  CHECK(result.rows[0][1] == big + "\n");
  CHECK(read("a\n" + big + "\n", 65536).error.find("longer than 1048576") != std::string::npos);
  CHECK(read("a\n\"" + big + big, 65536).error.find("not closed") != std::string::npos);
}

TEST_CASE("the delimiter that nobody named") {
  struct Case {
    const char* text;
    const char* best;  // two: both fit
  };
  const Case cases[] = {
      {"a,b\n1,2\n", ","},
      {"a;b\n1;2\n", ";"},
      {"a\tb\n", "\t"},
      {"a|b", "|"},
      {"a\n1,2\n", ","},
      {"Zeit;Temp, C\n1;20\n", ";"},
      {"Zeit;Temp, C\n1;20,5\n", ",;"},
      {"Zeit;Temp, C\n1;20,5\n2;21\n", ";"},
      {"Zeit;\"Temp, C\"\n1;20,5\n", ";"},
      {"a;b,c;d\n1;2;3\n", ";"},
      {"a,b;c\n1,x;y;z\n", ","},
      {"a,b|c\n", ","},          // no row tells: in their order
      {"a;b,c;d\n1\n2\n", ";"},  // no row agrees: what the header has most
      {"\"a;b\",c\n\"x;\ny\",2\n", ","},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const sp::DelimiterGuess guess = sp::guess_delimiter(c.text, {}, true);
    CHECK(guess.best == c.best[0]);
    CHECK(guess.other == c.best[1]);
    CHECK(!guess.wants_more);
  }
  CHECK(sp::guess_delimiter("a,b|c\n1,2\n", {}, false).wants_more);
  CHECK(!sp::guess_delimiter("a,b\n", {}, false).wants_more);
  CHECK(sp::guess_delimiter("a,b", {}, false).wants_more);
}

TEST_CASE("random inputs, cut at random places, by every scanner") {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    const char delimiter = round % 2 == 0 ? ',' : ';';
    std::string text = "h,h;h\n";
    const char* alphabet = round % 3 == 0 ? "ab,;\"\n\r\"\"" : "abcdefgh,;\n\r\"01234567,;\n";
    const std::size_t size = random() % 700;
    for (std::size_t i = 0; i < size; ++i) text += alphabet[random() % std::strlen(alphabet)];
    std::vector<bool> defects;
    Rows expected = by_hand(text, delimiter, defects);
    const std::size_t chunk = 1 + random() % 200;
    for (const auto& scanner : sp::csv_scanners()) {
      const ReadResult result = read(text, chunk, delimiter, scanner.scan);
      CAPTURE(text);
      CAPTURE(scanner.name);
      if (!result.error.empty()) {
        CHECK(result.error.find("never closed") != std::string::npos);
        continue;
      }
      REQUIRE(result.rows == Rows(expected.begin() + 1, expected.end()));
      REQUIRE(result.defects == std::vector<bool>(defects.begin() + 1, defects.end()));
      REQUIRE(result.raw == text);
    }
  }
}

TEST_CASE("dialects") {
  struct Case {
    const char* dialect;
    const char* text;
    Rows rows;  // the first is the header
  };
  const Case cases[] = {
      {R"({"delimiter":";"})", "a;b\n1,5;\"x;y\"\n", {{"a", "b"}, {"1,5", "x;y"}}},
      {R"({"quoteChar":"'"})", "a,b\n'1,''2',\"\n", {{"a", "b"}, {"1,'2", "\""}}},
      {R"({"quoteChar":null})", "a,b\n\"1,2\"\n", {{"a", "b"}, {"\"1", "2\""}}},
      {R"({"escapeChar":"\\"})",
       "a,b\n\"x\\\"y\",p\\,q\n\\\\,\"\"\n",
       {{"a", "b"}, {"x\"y", "p,q"}, {"\\", ""}}},
      {R"({"skipInitialSpace":true})",
       "a, b\n1,  \"x, y\"\n  2, 3\n",
       {{"a", "b"}, {"1", "x, y"}, {"2", "3"}}},
      {R"({"delimiter":" ","skipInitialSpace":true})", "a b\n  1    2\n", {{"a", "b"}, {"1", "2"}}},
      {R"({"lineTerminator":"\r"})", "a,b\r1,2\r", {{"a", "b"}, {"1", "2"}}},
      {R"({"header":false})", "1,2\n3,4\n", {{"field1", "field2"}, {"1", "2"}, {"3", "4"}}},
      {R"({"headerRows":[2,3]})", "junk\na,b\nPa,\n1,2\n", {{"a Pa", "b"}, {"1", "2"}}},
      {R"({"headerRows":[1,2],"headerJoin":"_"})", "a,b\nx,y\n1,2\n", {{"a_x", "b_y"}, {"1", "2"}}},
      {R"({"commentChar":"#"})", "# x\na\n1\n#2\n3\n", {{"a"}, {"1"}, {"3"}}},
      {R"({"commentRows":[1,3]})", "x\na\ny\n1\n", {{"a"}, {"1"}}},
  };
  for (const Case& c : cases) {
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{5}, std::size_t{SIZE_MAX}}) {
      CAPTURE(c.dialect);
      sp::ReadOptions options;
      sp::apply_dialect(c.dialect, "test", options.dialect);
      sp::CsvReader reader(sp::memory_source(c.text, "t.csv", chunk), "", options);
      Rows rows = {reader.columns().names()};
      sp::Record record;
      while (reader.next(record)) {
        rows.emplace_back();
        for (std::size_t i = 0; i < record.size(); ++i) rows.back().emplace_back(record[i]);
        CHECK(record.row() == rows.size() - 1);
      }
      CHECK(rows == c.rows);
    }
  }
}

TEST_CASE("a preamble is skipped by lines") {
  sp::ReadOptions options;
  options.dialect.skip_lines = 2;
  sp::CsvReader reader(sp::memory_source("\xef\xbb\xbfx \"y\nz\na\n1\n", "t.csv", 1), "", options);
  CHECK(reader.columns().names() == std::vector<std::string>{"a"});
  sp::Record record;
  REQUIRE(reader.next(record));
  CHECK(record.line() == 4);
}

// Whether a row is decoded depends on what else lies in the buffer; the number of its line does
// not.
TEST_CASE("lines end where the dialect says, whatever else lies in the buffer") {
  const std::string text = "a\nb\r1\n2\r\xff\r4\r";
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{SIZE_MAX}}) {
    sp::ReadOptions options;
    options.dialect.line_terminator = '\r';
    sp::CsvReader reader(sp::memory_source(text, "t.csv", chunk), "", options);
    sp::Record record;
    for (std::uint64_t line = 2; reader.next(record); ++line) CHECK(record.line() == line);
    CHECK(record.line() == 4);
  }
}

TEST_CASE("a header that cannot be used is named by its line") {
  sp::ReadOptions options;
  options.dialect.skip_lines = 1;
  try {
    sp::CsvReader(sp::memory_source("preamble\na,\xff\n1,2\n", "t.csv"), "", options);
    FAIL("a header that is not UTF-8 was taken");
  } catch (const sp::Error& e) {
    CHECK(e.where().line == 2);
  }
}

TEST_CASE("dialects that are refused name the member") {
  for (const char* json : {R"({"quoteChar":"ab"})", R"({"nonsense":1})", R"({"headerRows":[0]})",
                           R"({"lineTerminator":"ab"})", "[]", "{"}) {
    sp::Dialect dialect;
    CAPTURE(json);
    CHECK_THROWS_AS(sp::apply_dialect(json, "test", dialect), sp::Error);
  }
}

TEST_CASE("an escaped quote in an unquoted cell is text, and hides no bare one") {
  const std::pair<const char*, bool> cells[] = {
      {R"(\"x)", false}, {R"(x\"y)", false}, {R"(x\\\"y)", false}, {R"(x\"y\"z)", false},
      {R"(x"y)", true},  {R"(x\\"y)", true}, {R"(x\"y"z)", true},  {R"(x"y\"z)", true},
  };
  for (const auto& [cell, is_defect] : cells) {
    CAPTURE(cell);
    sp::ReadOptions options;
    sp::apply_dialect(R"({"escapeChar":"\\"})", "test", options.dialect);
    const std::string text = "a,b\n" + std::string(cell) + ",1\n";
    sp::CsvReader reader(sp::memory_source(text), "", options);
    sp::Record record;
    REQUIRE(reader.next(record));
    CHECK(record.defect().empty() != is_defect);
  }
}

TEST_CASE("bytes that are not UTF-8 are a defect of their row that names them") {
  sp::CsvReader reader(sp::memory_source("a,b\n1,2\n\xb5g,3\n\xc2\xb5,4\n"), "", {});
  sp::Record record;
  REQUIRE(reader.next(record));
  CHECK(record.defect().empty());
  REQUIRE(reader.next(record));
  CHECK(record.defect() ==
        "byte 1 of the row, 0xB5, is not UTF-8; name the input's encoding with --encoding");
  REQUIRE(reader.next(record));
  CHECK(record.defect().empty());
  CHECK(record[0] == "\xc2\xb5");
}

TEST_CASE("a delimiter that nobody names is found in the header line, where that is allowed") {
  struct Case {
    const char* text;
    char delimiter;
  };
  for (const Case& c : {Case{"a;b\n1,5;2\n", ';'},
                        {"a\tb\n", '\t'},
                        {"a|b", '|'},
                        {"a\n1;2\n", ','},
                        {"a;b,c\n", ','},
                        {"#x,y\na;b\n", ';'}}) {
    CAPTURE(c.text);
    sp::ReadOptions options;
    options.guess_delimiter = true;
    options.dialect.comment = "#";
    sp::CsvReader reader(sp::memory_source(c.text, "t.csv", 1), "", options);
    CHECK(reader.delimiter() == c.delimiter);
  }
}

TEST_CASE("what stands before the rows is kept as it stands") {
  sp::ReadOptions options;
  options.dialect.skip_lines = 1;
  options.dialect.comment = "#";
  sp::CsvReader reader(sp::memory_source("pre\n# c\r\na,b\r\n1,2\r\n"), "", options);
  CHECK(reader.header_text() == "pre\n# c\r\na,b\r\n");
}

TEST_CASE("UTF-16 by its mark") {
  using namespace std::string_literals;
  auto reader = sp::open_reader(sp::memory_source("\xff\xfe"
                                                  "a\0;\0b\0\n\0\x31\0;\0\xb5\0"s),
                                {});
  CHECK(reader->columns().names() == std::vector<std::string>{"a", "b"});
  sp::Record record;
  REQUIRE(reader->next(record));
  CHECK(record[1] == "\xc2\xb5");
}
