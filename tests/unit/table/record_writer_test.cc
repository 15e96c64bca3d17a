#include "sp/table/record_writer.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "sp/base/json_text.h"
#include "sp/table/formats.h"
#include "sp/table/record_reader.h"

namespace {

using Row = std::vector<std::string>;
using Kind = sp::CellKind;

std::string write(sp::Format to, const Row& names, const std::vector<std::vector<sp::Cell>>& rows,
                  char delimiter = '\0') {
  std::string out;
  const auto sink = sp::string_sink(out);
  const auto writer = sp::make_writer(*sink, {to, delimiter});
  writer->header(sp::Columns(names));
  for (const auto& row : rows) writer->write(row);
  sink->close();
  return out;
}

// One row's text, without the header before it.
std::string csv_row(const std::vector<sp::Cell>& cells, char delimiter = ',') {
  const Row names(cells.size(), "x");
  const std::string all = write(sp::Format::kCsv, names, {cells}, delimiter);
  return all.substr(all.find('\n') + 1);
}

std::string json_value(const sp::Cell& cell) {
  const std::string line = write(sp::Format::kNdjson, {"k"}, {{cell}});
  return line.substr(5, line.size() - 7);  // {"k": … }\n
}

struct Table {
  Row names;
  std::vector<Row> rows;
  bool operator==(const Table&) const = default;
};

Table read(std::string_view text, const sp::ReadOptions& options = {}) {
  const auto reader = sp::open_reader(sp::memory_source(text, "t", 777), options);
  Table table{reader->columns().names(), {}};
  sp::Record record;
  while (reader->next(record)) {
    sp::require_sound(*reader, record);
    Row& row = table.rows.emplace_back();
    for (std::size_t i = 0; i < record.size(); ++i) row.emplace_back(record[i]);
  }
  return table;
}

sp::ReadOptions as(sp::Format from, char delimiter = '\0') {
  sp::ReadOptions options;
  options.from = from;
  options.delimiter = delimiter;
  return options;
}

// Reads `text` and writes it again as `to`, each cell decoded or, where `encoded`, as it stands.
std::string convert(std::string_view text, sp::Format from, sp::Format to, bool encoded) {
  std::string out;
  const auto sink = sp::string_sink(out);
  const auto reader = sp::open_reader(sp::memory_source(text, "t", 777), as(from));
  const auto writer = sp::make_writer(*sink, {to, '\0'});
  writer->header(reader->columns());
  sp::Record record;
  std::vector<sp::Cell> cells;
  while (reader->next(record)) {
    cells.clear();
    for (std::size_t i = 0; i < record.size(); ++i) {
      cells.push_back({encoded ? record.encoded(i) : record[i], record.kind(i), encoded});
    }
    writer->write(cells);
  }
  sink->close();
  return out;
}

// Strings are looked at eight bytes at a time.
TEST_CASE("NDJSON: every byte is escaped where it must be, at every place of a string") {
  for (std::size_t size = 1; size <= 18; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 0x80; ++byte) {
        std::string text(size, 'a');
        text[at] = static_cast<char>(byte);
        std::string expected;
        sp::append_json_string(expected, text);
        REQUIRE(json_value({text, Kind::kString}) == expected);
      }
    }
  }
}

// Names and cells that hold all that must be quoted or escaped somewhere.
Table hostile_table(unsigned seed) {
  static const std::string kPieces[] = {
      "",  " ", ",",  ";",   "\t",   "\"",   "\"\"", "\n",  "\r\n",  "\r",
      "a", "7", "-1", "1.5", "007",  "true", "null", "{",   "\\",    "\xef\xbb\xbf",
      "я", "😀", "'",  "|",   "\x01", "x y",  "1e5",  "[1]", "plain", "42.653999999999996"};
  std::mt19937 random(seed);
  const auto text = [&] {
    std::string out;
    for (auto n = random() % 4; n != 0; --n) out += kPieces[random() % std::size(kPieces)];
    return out;
  };
  Table table;
  const std::size_t columns = 1 + random() % 5;
  for (std::size_t i = 0; i < columns; ++i) table.names.push_back(text() + std::to_string(i));
  for (auto rows = random() % 20; rows != 0; --rows) {
    Row& row = table.rows.emplace_back();
    for (std::size_t i = 0; i < columns; ++i) row.push_back(text());
    // Now and then a long one, over the edge of what is written in one piece.
    if (random() % 10 == 0) row.back().append(random() % 10000, 'x');
  }
  return table;
}

std::vector<std::vector<sp::Cell>> cells_of(const Table& table) {
  std::vector<std::vector<sp::Cell>> rows;
  for (const Row& row : table.rows) {
    auto& cells = rows.emplace_back();
    for (const std::string& text : row) cells.push_back({text, Kind::kText, false});
  }
  return rows;
}

}  // namespace

TEST_CASE("CSV quotes what needs it and nothing else") {
  struct Case {
    std::vector<sp::Cell> cells;
    char delimiter;
    std::string text;
  };
  const Case cases[] = {
      {{{"a"}, {"b"}}, ',', "a,b\n"},
      {{{""}, {""}}, ',', ",\n"},
      {{{""}}, ',', "\"\"\n"},
      {{{" "}}, ',', "\" \"\n"},
      {{{"a b"}, {" a"}, {"a "}}, ',', "a b,\" a\",\"a \"\n"},
      {{{"a,b"}, {"a;b"}}, ',', "\"a,b\",a;b\n"},
      {{{"a,b"}, {"a;b"}}, ';', "a,b;\"a;b\"\n"},
      {{{"a\tb"}, {"c"}}, '\t', "\"a\tb\"\tc\n"},
      {{{"say \"hi\""}, {"\""}}, ',', "\"say \"\"hi\"\"\",\"\"\"\"\n"},
      {{{"a\nb"}, {"a\rb"}, {"\r\n"}}, ',', "\"a\nb\",\"a\rb\",\"\r\n\"\n"},
      {{{"'"}, {"\\"}, {"\x01"}, {"я"}}, ',', "',\\,\x01,я\n"},
      {{{"\"a\"", Kind::kText, true}, {"a,b"}}, ',', "\"a\",\"a,b\"\n"},
      {{{" a", Kind::kText, true}, {"b"}}, ',', " a,b\n"},
      {{{"", Kind::kText, true}}, ',', "\"\"\n"},
      {{{"x", Kind::kString, false}, {"", Kind::kNull, false}}, ',', "x,\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(csv_row(c.cells, c.delimiter) == c.text);
  }
}

TEST_CASE("a long row is written as a short one") {
  for (const std::size_t size : {4060u, 4079u, 4080u, 4081u, 70000u, 600000u}) {
    const std::string plain(size, 'x');
    CHECK((csv_row({{"a"}, {plain}}) == "a," + plain + "\n"));
    CHECK((csv_row({{"a"}, {plain + ","}}) == "a,\"" + plain + ",\"\n"));
    CHECK((json_value({plain}) == "\"" + plain + "\""));
  }
  const std::vector<sp::Cell> many(3000, sp::Cell{"7"});
  std::string expected;
  for (std::size_t i = 0; i < many.size(); ++i) expected += i + 1 < many.size() ? "7," : "7\n";
  CHECK((csv_row(many) == expected));
  const std::vector<sp::Cell> empty(4000, sp::Cell{""});  // more delimiters than a byte counts
  CHECK((csv_row(empty) == std::string(3999, ',') + "\n"));
}

TEST_CASE("CSV headers: flushed at once, and never taken for something else") {
  std::string out;
  const auto sink = sp::string_sink(out);
  sp::make_writer(*sink, {sp::Format::kCsv, '\0'})->header(sp::Columns({"a", "b c", "d,e"}));
  CHECK(out == "a,b c,\"d,e\"\n");
  CHECK(write(sp::Format::kTsv, {"a", "b,c"}, {}) == "a\tb,c\n");
  CHECK(write(sp::Format::kCsv, {""}, {}) == "\"\"\n");
  CHECK(write(sp::Format::kCsv, {}, {}).empty());
  for (const char* name : {"{a}", "\t{",
                           "\xef\xbb\xbf"
                           "a"}) {
    sp::ReadOptions options;  // of a reader that looks for the format itself
    options.delimiter = ',';
    CHECK(read(write(sp::Format::kCsv, {name, "b"}, {}), options).names == Row{name, "b"});
  }
}

TEST_CASE("NDJSON values by their kind") {
  struct Case {
    sp::Cell cell;
    std::string text;
  };
  const Case cases[] = {
      {{"1.50", Kind::kText, false}, "1.50"},
      {{"007", Kind::kText, false}, "\"007\""},
      {{"", Kind::kText, false}, "\"\""},
      {{"true", Kind::kText, false}, "\"true\""},
      {{"null", Kind::kText, false}, "\"null\""},
      {{"a\"\n\x02", Kind::kText, false}, R"("a\"\n\u0002")"},
      {{"я", Kind::kText, false}, "\"я\""},
      {{"12", Kind::kString, false}, "\"12\""},
      {{"12", Kind::kNumber, false}, "12"},
      {{"nan", Kind::kNumber, false}, "\"nan\""},
      {{"true", Kind::kBoolean, false}, "true"},
      {{"1", Kind::kBoolean, false}, "\"1\""},
      {{"", Kind::kNull, false}, "null"},
      {{"\"\\u0041\"", Kind::kString, true}, "\"\\u0041\""},
      {{"1e400", Kind::kNumber, true}, "1e400"},
      {{"", Kind::kNull, true}, "null"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(json_value(c.cell) == c.text);
  }
  CHECK(write(sp::Format::kNdjson, {"a\"", ""}, {{{"1"}, {"x"}}, {{"2"}, {"y"}}}) ==
        "{\"a\\\"\":1,\"\":\"x\"}\n{\"a\\\"\":2,\"\":\"y\"}\n");
  CHECK(write(sp::Format::kNdjson, {}, {{}}) == "{}\n");
}

TEST_CASE("NDJSON refuses a column name that is there twice") {
  CHECK_THROWS_WITH_AS(write(sp::Format::kNdjson, {"a", "b", "a"}, {}),
                       doctest::Contains("'a' is there twice"), sp::Error);
}

TEST_CASE("whatever the cells hold, it comes back: CSV, TSV, NDJSON and through each other") {
  constexpr auto kCsv = sp::Format::kCsv, kTsv = sp::Format::kTsv, kNdjson = sp::Format::kNdjson;
  for (unsigned seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    const Table table = hostile_table(seed);
    const auto cells = cells_of(table);
    const std::string csv = write(kCsv, table.names, cells);
    CHECK((read(csv, as(kCsv)) == table));
    CHECK((convert(csv, kCsv, kCsv, false) == csv));
    CHECK((convert(csv, kCsv, kCsv, true) == csv));
    CHECK((read(write(kTsv, table.names, cells), as(kTsv)) == table));
    CHECK((read(write(kCsv, table.names, cells, ';'), as(kCsv, ';')) == table));

    const std::string ndjson = convert(csv, kCsv, kNdjson, false);
    CHECK((convert(ndjson, kNdjson, kNdjson, true) == ndjson));
    CHECK((convert(ndjson, kNdjson, kNdjson, false) == ndjson));
    if (table.rows.empty()) continue;  // NDJSON without rows knows no names
    CHECK((read(ndjson, as(kNdjson)) == table));
    CHECK((convert(ndjson, kNdjson, kCsv, false) == csv));
  }
}

TEST_CASE("rows that pass through are the input's bytes, whatever the reader's buffer does") {
  std::mt19937 random(11);
  for (int round = 0; round < 60; ++round) {
    std::string text = "a,b\n", expected = "";
    const bool last_line_end = random() % 2 == 0;
    for (int i = 0; i < 300; ++i) {
      std::string row = std::to_string(i) + ",\"" + std::string(random() % 40, 'x') + "\n\"\r\n";
      if (i == 299 && !last_line_end) row.resize(row.size() - 2);
      text += row;
      if (i % 7 != 3 || i == 299) expected += row;
    }
    if (!last_line_end) expected += '\n';
    std::string out;
    const auto sink = sp::string_sink(out);
    sp::ReadOptions options;
    options.from = sp::Format::kCsv;
    options.buffer_bytes = 64 + random() % 2000;
    const auto reader = sp::open_reader(sp::memory_source(text, "t", 1 + random() % 3000), options);
    sp::RowRun run(*sink);
    reader->on_refill([&] { run.flush(); });
    sp::Record record;
    for (int i = 0; reader->next(record); ++i) {
      if (i % 7 != 3 || i == 299) run.pass(record);
    }
    run.flush();
    sink->close();
    CHECK((out == expected));
  }
}
