// NDJSON line by line; the two ways to take a line apart against each other and against simdjson's
// other parser, on lines changed at random.
#include <doctest/doctest.h>
#include <simdjson.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "sp/table/ndjson_reader.h"
#include "sp/table/ndjson_row.h"

namespace {

// A row as text: kind letter and value of each cell, or "!" and the defect.
using Rows = std::vector<std::string>;

struct Read {
  std::vector<std::string> columns;
  Rows rows;
  std::string raw;
  std::string error;
  bool operator==(const Read&) const = default;
};

char letter(sp::CellKind kind) { return "TSNB0"[static_cast<int>(kind)]; }

std::string row_text(const sp::Record& record) {
  if (!record.defect().empty()) return "!" + std::string(record.defect());
  std::string text;
  for (std::size_t i = 0; i < record.size(); ++i) {
    if (i != 0) text += '|';
    text += letter(record.kind(i));
    text += record[i];
  }
  return text;
}

Read read(std::string_view text, std::size_t chunk = SIZE_MAX, std::size_t buffer = 4096,
          std::uint64_t max_row = 1 << 20) {
  Read result;
  sp::ReadOptions options;
  options.buffer_bytes = buffer;
  options.max_row_bytes = max_row;
  try {
    sp::NdjsonReader reader(sp::memory_source(text, "t.ndjson", chunk), "", options);
    result.columns = reader.columns().names();
    sp::Record record;
    while (reader.next(record)) {
      result.rows.push_back(row_text(record));
      result.raw += record.raw();
      CHECK(record.row() == result.rows.size());
      CHECK(record.line() == result.rows.size());
      CHECK(record.size() == result.columns.size());
    }
  } catch (const sp::Error& error) {
    result.error = std::to_string(static_cast<int>(error.code())) + " line " +
                   std::to_string(error.where().line) + " " + error.what();
  }
  return result;
}

bool begins(const std::string& text, std::string_view with) { return text.starts_with(with); }

// Rows after a first one that gives the columns a, b and c.
std::string after_abc(std::string_view line) {
  return read("{\"a\":1,\"b\":2,\"c\":3}\n" + std::string(line) + "\n{\"a\":1}").rows.at(1);
}

// A line with what the parser wants after it.
struct Line {
  explicit Line(std::string_view text) : size(text.size()), bytes(text) {
    bytes.append(1, '\n').append(sp::NdjsonRow::kPadding, '"');
  }
  operator std::string_view() const { return {bytes.data(), size}; }
  std::size_t size;
  std::string bytes;
};

std::string cells_text(const sp::NdjsonRow& row) {
  std::string text = row.defect.empty() ? "" : "!" + row.defect;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    text += '|';
    text += letter(row.kinds[i]);
    text.append(row.cells[i]).append("<").append(row.tokens[i]);
  }
  return text;
}

}  // namespace

TEST_CASE("NDJSON values: text, kind, token") {
  struct Case {
    const char *line, *row;
  };
  const Case cases[] = {
      {R"({"a":1,"b":2,"c":3})", "N1|N2|N3"},
      {R"({"a": 1, "b": 2, "c": 3})", "N1|N2|N3"},
      {"  {\t\"a\" :1 ,\"b\":2,\"c\":3 } \r", "N1|N2|N3"},
      {"{\"a\":1,\"b\":2,\"c\":3}\r", "N1|N2|N3"},
      {R"({"a":"x","b":true,"c":null})", "Sx|Btrue|0"},
      {R"({"a":false,"b":"","c":"true"})", "Bfalse|S|Strue"},
      {R"({"c":3,"a":1,"b":2})", "N1|N2|N3"},
      {R"({"b":2})", "0|N2|0"},
      {R"({})", "0|0|0"},
      {R"({"a":42.653999999999996,"b":-0.0e-10,"c":1E+400})",
       "N42.653999999999996|N-0.0e-10|N1E+400"},
      {R"({"a":123456789012345678901234567890,"b":0,"c":-7})",
       "N123456789012345678901234567890|N0|N-7"},
      {R"({"a":"\"\\\/\b\f\n\r\t","b":"\u0041\u20ac\ud83d\ude00","c":"\u0000"})", nullptr},
      {"{\"a\":\"Младост 😀\",\"b\":1,\"c\":2}", "SМладост 😀|N1|N2"},
      {R"({"\u0061":1,"b":2,"c":3})", "N1|N2|N3"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    if (c.row != nullptr) CHECK(after_abc(c.line) == c.row);
  }
  using namespace std::string_literals;
  CHECK(after_abc(cases[11].line) == "S\"\\/\b\f\n\r\t|SA€😀|S\0"s);
}

TEST_CASE("NDJSON rows with a defect are named for what they are, and reading goes on") {
  struct Case {
    std::string line, defect;
  };
  const Case cases[] = {
      {"", "a blank line"},
      {" \t\r", "a blank line"},
      {"x", "not a JSON object: "},
      {"[1]", "not a JSON object: "},
      {"1", "not a JSON object: "},
      {"{\"a\":1", "not a JSON object: "},
      {"{\"a\":1}}", "not a JSON object: "},
      {"{\"a\":1} {\"a\":2}", "not a JSON object: "},
      {"{\"a\":1}x", "not a JSON object: "},
      {"{\"a\":1,}", "not a JSON object: "},
      {"{\"a\" 1}", "not a JSON object: "},
      {"{\"a\":1 \"b\":2}", "not a JSON object: "},
      {"{a:1}", "not a JSON object: "},
      {"{\"a\":}", "not a JSON object: "},
      {"{\"a\":1,\"b\":2,\"c\":3,}", "not a JSON object: "},
      {"{\"a\":1,\"b\":2,\"c\":3}}", "not a JSON object: "},
      {"{\"a\":1,\"b\":2,\"c\":3}\xc2\xa0", "not a JSON object: "},
      {"{\"a\":01,\"b\":2,\"c\":3}", "not a JSON object: a number"},
      {"{\"a\":1.,\"b\":2,\"c\":3}", "not a JSON object: a number"},
      {"{\"a\":1e,\"b\":2,\"c\":3}", "not a JSON object: a number"},
      {"{\"a\":-,\"b\":2,\"c\":3}", "not a JSON object: a number"},
      {"{\"a\":+1,\"b\":2,\"c\":3}", "not a JSON object: "},
      {"{\"a\":nul,\"b\":2,\"c\":3}", "not a JSON object: "},
      {"{\"a\":truex,\"b\":2,\"c\":3}", "not a JSON object: "},
      {"{\"a\":NaN,\"b\":2,\"c\":3}", "not a JSON object: "},
      {"{\"a\":\"x,\"b\":2,\"c\":3}", "not a JSON object: "},
      {"{\"a\":\"\\x\",\"b\":2,\"c\":3}", "not a JSON object: a string has a wrong escape"},
      {"{\"a\":\"\\ud800\",\"b\":2,\"c\":3}", "not a JSON object: a string has a wrong escape"},
      {"{\"a\":\"\x01\",\"b\":2,\"c\":3}", "not a JSON object: a control character"},
      {"{\"a\":\"\xff\",\"b\":2,\"c\":3}", "invalid UTF-8"},
      {"{\"a\":\"\xc3\",\"b\":2,\"c\":3}", "invalid UTF-8"},
      {"{\"a\":\"\xed\xa0\x80\",\"b\":2,\"c\":3}", "invalid UTF-8"},
      {"{\"a\":1,\"b\":[2],\"c\":3}", "an object or array as the value of the field 'b'"},
      {"{\"a\":1,\"b\":{\"a\":9},\"c\":3}", "an object or array as the value of the field 'b'"},
      {"{\"a\":1,\"d\":2}", "the first object has no field 'd'"},
      {"{\"a\":1,\"b\":2,\"c\":3,\"d\":4}", "the first object has no field 'd'"},
      {"{\"a\":1,\"a\":2}", "twice there is the field 'a'"},
      {"{\"a\":1,\"\\u0061\":2}", "twice there is the field 'a'"},
      {"{\"d\":1,\"a\":[],\"a\":1}",
       "the first object has no field 'd'; an object or array as the value of the field 'a'; twice "
       "there is the field 'a'"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    const Read all = read("{\"a\":1,\"b\":2,\"c\":3}\n" + c.line + "\n{\"a\":5}\n");
    REQUIRE(all.rows.size() == 3);
    CHECK(begins(all.rows[1], "!" + c.defect));
    CHECK(all.rows[2] == "N5|0|0");
  }
}

TEST_CASE("NDJSON: a NUL or many unknown fields end nothing") {
  using namespace std::string_literals;
  CHECK(begins(after_abc("{\"a\":\"\0\"}"s), "!not a JSON object"));
  CHECK(begins(after_abc("\0"s), "!not a JSON object"));
  std::string line = "{\"a\":1";
  for (int i = 0; i < 50000; ++i) line += ",\"x" + std::to_string(i) + "\":1";
  const std::string defect = after_abc(line + "}");
  CHECK(begins(defect, "!the first object has no field 'x0'"));
  CHECK(defect.size() < 2000);
  CHECK(begins(after_abc(std::string(100000, '[')), "!not a JSON object"));
  CHECK(begins(after_abc("{\"a\":" + std::string(100000, '[')), "!not a JSON object"));
}

TEST_CASE("NDJSON: the columns are the first object's keys, each once") {
  CHECK(read("{\"b\":1,\"a\\\"\":2,\"\":3}").columns == std::vector<std::string>{"b", "a\"", ""});
  CHECK(read("{\"a\":1,\"b\":2,\"a\":3}\n").columns == std::vector<std::string>{"a", "b"});
  CHECK(read("{\"a\":1,\"b\":2,\"a\":3}\n").rows == Rows{"!twice there is the field 'a'"});
  CHECK(read("{\"a\":{\"x\":1},\"b\":2}\n").columns == std::vector<std::string>{"a", "b"});
  CHECK(read("\xef\xbb\xbf{\"a\":1}\n").rows == Rows{"N1"});
  CHECK(read("\xef\xbb\xbf{\"a\":1}\n").raw == "{\"a\":1}\n");
  CHECK(read("{}\n{}\n").rows == Rows{"", ""});
  CHECK(read("\n \n{\"a\":1}\n").rows == Rows{"!a blank line", "!a blank line", "N1"});
  for (const char* empty : {"", "\n", " \r\n\t\n", "\xef\xbb\xbf", "\xef\xbb\xbf\n"}) {
    CHECK(read(empty).rows.empty());
    CHECK(read(empty).columns.empty());
    CHECK(read(empty).error.empty());
  }
  CHECK(begins(read("\n[1]\n").error, "65 line 2 the first line tells the columns, but it is not"));
  CHECK(begins(read("{\"a\":1").error, "65 line 1 "));
}

TEST_CASE("NDJSON: line ends, blank lines, white space at the end") {
  CHECK(read("{\"a\":1}\r\n{\"a\":2}").rows == Rows{"N1", "N2"});
  CHECK(read("{\"a\":1}\r\n{\"a\":2}").raw == "{\"a\":1}\r\n{\"a\":2}");
  CHECK(read("{\"a\":1}\n\n{\"a\":2}\n\n \n\t").rows == Rows{"N1", "!a blank line", "N2"});
  CHECK(read("{\"a\":1}\n\n{\"a\":2}\n\n \n\t").raw == "{\"a\":1}\n\n{\"a\":2}\n");
  const std::string blanks(300000, '\n');
  CHECK(read("{\"a\":1}\n" + blanks, 1000, 64).rows.size() == 1);
  CHECK(read("{\"a\":1}\n" + blanks + "{\"a\":2}", 1000, 64).rows.size() == 300002);
}

TEST_CASE("NDJSON: blank lines have a limit too, the same one however they come") {
  for (const std::size_t buffer : {64u, 1000u}) {
    for (const std::size_t chunk : {1u, 7u, 1000u}) {
      const auto read_blanks = [&](std::size_t n) {
        return read("{\"a\":1}\n" + std::string(n, '\n') + "{\"a\":2}", chunk, buffer, 100);
      };
      CHECK(read_blanks(100).rows.size() == 102);
      CHECK(read_blanks(101).rows.size() == 1);
      CHECK(begins(read_blanks(101).error, "65 line 2 more than 100 bytes of blank lines"));
    }
  }
}

TEST_CASE("NDJSON: rows above the limit end the reading, those at it do not") {
  const std::string first = "{\"a\":1}\n", row = "{\"a\":\"" + std::string(992, 'x') + "\"}";
  REQUIRE(row.size() == 1000);
  for (const std::size_t buffer : {64u, 1000u, 100000u}) {
    for (const char* end : {"", "\n"}) {
      CHECK(read(first + row + end, 77, buffer, 1000).rows.size() == 2);
      const Read refused = read(first + row + end, 77, buffer, 999);
      CHECK(begins(refused.error, "65 line 2 the row is longer than 999 bytes"));
      CHECK(refused.rows == Rows{"N1"});
    }
  }
}

TEST_CASE("NDJSON: however the input is cut, the rows are the same") {
  std::mt19937 random(5);
  std::string text;
  for (int i = 0; i < 200; ++i) {
    switch (random() % 6) {
      case 0:
        text += "{\"b\":\"" + std::string(random() % 300, 'y') + "\\n\",\"a\":1}\r\n";
        break;
      case 1:
        text += "\n";
        break;
      case 2:
        text += "{\"a\":\n";
        break;
      default:
        text += "{\"a\":" + std::to_string(random()) + ",\"b\":\"Мл" + std::to_string(i) + "\"}\n";
    }
  }
  text = "{\"a\":0,\"b\":\"\"}\n" + text + "{\"a\":-1,\"b\":null}";
  const Read whole = read(text, SIZE_MAX, text.size() + 1);
  CHECK(whole.raw == text);
  for (const std::size_t chunk : {1u, 2u, 7u, 64u, 1000u}) {
    for (const std::size_t buffer : {64u, 65u, 333u, 5000u}) {
      CHECK((read(text, chunk, buffer) == whole));
    }
  }
}

TEST_CASE("NDJSON: the short way, the long way and another parser agree") {
  const std::string seeds[] = {
      R"({"a":1,"b":"x y","c":null})",
      R"({"a": -12.5, "b": "12345678", "c": true})",
      R"({"a":"","b":"Младост","c":1e5})",
      R"({"c":0,"b":"a\"\\\u0041","a":false})",
      R"({"a":[1],"b":{},"c":"}"})",
      "{\"a\":100000000,\"b\":\"123456789012345678901234567890\",\"c\":0.12345678}\r",
  };
  static constexpr std::string_view kBytes = "{}[]:,\"\\ abc019.-+eEtfnul\x01\x7f\xd0\xff\r";
  sp::NdjsonRow usual, any;
  for (sp::NdjsonRow* row : {&usual, &any}) row->set_columns(Line(R"({"a":1,"b":2,"c":3})"));
  simdjson::dom::parser other;
  std::mt19937 random(17);
  int sound = 0;
  for (int i = 0; i < 60000; ++i) {
    std::string text = seeds[random() % std::size(seeds)];
    for (auto changes = random() % 4; changes != 0 && !text.empty(); --changes) {
      const std::size_t at = random() % text.size();
      const char byte = kBytes[random() % kBytes.size()];
      switch (random() % 3) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        default:
          text.erase(at, 1 + random() % 3);
      }
    }
    CAPTURE(text);
    const Line line(text);
    usual.parse(line);
    any.parse_any(line);
    REQUIRE(cells_text(usual) == cells_text(any));
    const auto error = other.parse(text).error();
    if (any.defect.empty()) {
      ++sound;
      // It reads numbers as doubles and refuses those that none can hold; since 3.8 it says
      // otherwise of those that are whole.
      const std::string_view why = simdjson::error_message(error);
      REQUIRE((error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR ||
               why.find("Big integer") != std::string_view::npos));
    } else if (begins(any.defect, "not a JSON") || begins(any.defect, "invalid")) {
      const bool is_object = other.parse(text).get_object().error() == simdjson::SUCCESS;
      REQUIRE_FALSE(is_object);
    }
  }
  CHECK(sound > 10000);
}

TEST_CASE(
    "what is said of a long line after an empty object does not hang on how the input comes") {
  for (const std::size_t length : {10u, 60u, 61u, 62u, 63u, 64u, 80u, 200u}) {
    const std::string text = "{}\n" + std::string(length, '\xff') + "\":!}\n{\"a\":1}\n";
    std::set<std::string> said;
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, std::size_t{64}, SIZE_MAX}) {
      sp::ReadOptions options;
      options.max_row_bytes = 64;
      options.buffer_bytes = chunk == SIZE_MAX ? 1024 : 64;
      std::string all;
      try {
        sp::NdjsonReader reader(sp::memory_source(text, "f", chunk), "", options);
        sp::Record record;
        while (reader.next(record))
          all += std::string(record.raw()) + "|" + std::string(record.defect());
      } catch (const sp::Error& error) {
        all += std::to_string(error.where().line) + error.what();
      }
      said.insert(all);
    }
    CAPTURE(length);
    CHECK(said.size() == 1);
  }
}
