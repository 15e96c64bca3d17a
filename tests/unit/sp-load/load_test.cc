// The parts of sp-load that need no server: names, plans, rows, months, inputs that are read again.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>

#include <string>
#include <thread>
#include <vector>

#include "sp-load/copy/file_column.h"
#include "sp-load/copy/input.h"
#include "sp-load/copy/partitions.h"
#include "sp-load/copy/replay_buffer.h"
#include "sp-load/copy/row_encoder.h"
#include "sp-load/db/array_literal.h"
#include "sp-load/db/table.h"
#include "sp-load/db/table_name.h"
#include "sp-load/merge/known_rows.h"
#include "sp/base/diagnostic.h"
#include "sp/io/byte_source.h"
#include "sp/table/formats.h"
#include "sp/time/timestamp.h"
#include "temporary_folder.h"

namespace load = sp::load;

namespace {

constexpr unsigned kInt8 = 20, kText = 25, kFloat8 = 701, kTimestamptz = 1184, kJsonb = 3802;

const std::string kSeven = "7";
const std::vector<load::FilledColumn> kIngest = {{"ingest_id", &kSeven}};

load::Table reading() {
  load::Table table;
  table.schema = "sp";
  table.name = "reading";
  table.columns = {{"sensor_id", kInt8, "bigint", true, false, false, false},
                   {"ts", kTimestamptz, "timestamp with time zone", true, false, false, false},
                   {"temperature", kFloat8, "double precision", false, false, false, false},
                   {"ingest_id", kInt8, "bigint", false, false, false, false},
                   {"note", kText, "text", false, false, false, true},
                   {"extra", kJsonb, "jsonb", false, false, false, false},
                   {"twice", kFloat8, "double precision", false, false, true, false}};
  table.month_column = "ts";
  return table;
}

std::unique_ptr<sp::RecordReader> reader_of(std::string_view text) {
  return sp::open_reader(sp::memory_source(text, "x.csv"), {});
}

// The error's message with its place, "" where there is none.
template <typename Do>
std::string failure(Do act) {
  try {
    act();
  } catch (const sp::Error& error) {
    const sp::Location& at = error.where();
    return std::to_string(static_cast<int>(error.code())) + " " + at.file + ":" +
           std::to_string(at.row) + ":" + std::to_string(at.line) + ":" + at.field + " " +
           error.what();
  }
  return "";
}

std::string copy_text(std::string_view csv, load::BadText bad_text = load::BadText::kError) {
  const load::Table table = reading();
  const auto reader = reader_of(csv);
  load::CopyPlan plan =
      load::make_copy_plan(reader->columns(), "x.csv", table, reader->columns().names(), kIngest);
  plan.format = load::CopyFormat::kText;
  load::RowEncoder encoder(plan, *reader, bad_text);
  load::CopyBuffer out;
  sp::Record record;
  while (reader->next(record)) encoder.encode(record, out);
  return std::string(out.view());
}

std::string month(const char* time) {
  char bytes[8], begin[sp::kMaxTimestampText], end[sp::kMaxTimestampText];
  REQUIRE(load::find_fixed_type(kTimestamptz)->encode(time, bytes));
  const load::Month found = load::month_of(load::decode_micros(bytes));
  CHECK(found.contains(load::decode_micros(bytes)));
  return std::string(begin, load::print_micros(found.begin, begin)).substr(0, 19) + " " +
         std::string(end, load::print_micros(found.end, end)).substr(0, 19);
}

std::vector<std::string> rows_of(load::Input& input, std::size_t at_most = SIZE_MAX) {
  const auto reader = input.open();
  sp::Record record;
  std::vector<std::string> out;
  while (out.size() < at_most && reader->next(record)) out.emplace_back(record[0]);
  return out;
}

}  // namespace

TEST_CASE("TABLE=INPUT and --dimension name tables and columns") {
  const auto input = [](const char* text) {
    const load::TableInput parsed = load::parse_table_input(text);
    return parsed.table.schema + "|" + parsed.table.name + "|" + parsed.input;
  };
  CHECK(input("reading=-") == "|reading|-");
  CHECK(input("sp.reading=a=b.csv") == "sp|reading|a=b.csv");
  CHECK(input(R"("we.ird"."na""me=x"=f)") == R"(we.ird|na"me=x|f)");
  CHECK(input("Mixed=/x/y") == "|Mixed|/x/y");
  for (const char* wrong : {"", "reading", "=x", "reading=", "a.=x", ".a=x", "a b", "\"a=x",
                            "reading\"; DROP TABLE x; --=y", "a.b.c=x"}) {
    CAPTURE(wrong);
    CHECK(failure([&] { load::parse_table_input(wrong); }).starts_with("64 "));
  }

  const load::DimensionSpec spec = load::parse_dimension("sp.sensor(sensor_id,type,\"a,b\")");
  CHECK(spec.table == load::TableName{"sp", "sensor"});
  CHECK(spec.key == "sensor_id");
  CHECK(spec.attributes == std::vector<std::string>{"type", "a,b"});
  for (const char* wrong :
       {"sensor", "sensor()", "sensor(a)", "sensor(a,)", "sensor(a,b", "(a,b)", "sensor(a,b)x"}) {
    CAPTURE(wrong);
    CHECK(failure([&] { load::parse_dimension(wrong); }).starts_with("64 "));
  }
}

TEST_CASE("columns are matched by name before any row") {
  const load::Table table = reading();
  const auto plan = [&](std::vector<std::string> names, std::vector<std::string> left_out = {},
                        std::vector<load::FilledColumn> filled = kIngest) {
    std::vector<std::string> targets = names;
    for (std::string& target : targets) {
      if (std::find(left_out.begin(), left_out.end(), target) != left_out.end()) target.clear();
    }
    return load::make_copy_plan(sp::Columns(std::move(names)), "x.csv", table, targets, filled);
  };
  const load::CopyPlan good = plan({"temperature", "ts", "latitude", "sensor_id"}, {"latitude"});
  REQUIRE(good.columns.size() == 4);
  CHECK(good.columns[0].column->name == "temperature");
  CHECK(good.columns[2].source == 3);
  CHECK(good.columns[3].filled == &kSeven);
  CHECK(good.time == 1);
  CHECK(good.format == load::CopyFormat::kBinary);

  CHECK(plan({"sensor_id", "ts", "extra"}).format == load::CopyFormat::kText);
  CHECK(plan({"sensor_id", "ts", "ingest_id"}).columns.size() == 3);
  CHECK(plan({"sensor_id", "ts"}, {}, {}).columns.size() == 2);

  CHECK(failure([&] {
          plan({"sensor_id", "ts", "colour"});
        }) ==
        "65 x.csv:0:0:colour table sp.reading has no such column (it has sensor_id, ts, "
        "temperature, ingest_id, note, extra); rename or drop it with sp-transform, or add it to "
        "the table");
  // A header that was cut in the wrong places; a name with a blank is none.
  CHECK(failure([&] {
          plan({"sensor_id ts temperature"});
        }).ends_with("; the header holds ' ' 2 times: did you mean --delimiter ' '?"));
  CHECK(failure([&] { plan({"mean temperature"}); }).ends_with("or add it to the table"));
  CHECK(failure([&] {
          plan({"sensor_id", "ts", "ts"});
        }) == "65 x.csv:0:0:ts the column is there twice; drop one");
  CHECK(failure([&] {
          plan({"sensor_id", "temperature"});
        }) == "65 x.csv:0:0:ts table sp.reading needs this column and the input lacks it");
  CHECK(failure([&] {
          plan({"sensor_id", "ts", "twice"});
        }) ==
        "65 x.csv:0:0:twice table sp.reading computes this column itself; drop it with "
        "sp-transform");
}

TEST_CASE("rows become lines of text COPY") {
  CHECK(copy_text("sensor_id,ts,temperature,note\n"
                  "1,2017-07-01T02:00:00+02:00,1.50,a\n"
                  "2,2017-07-01 00:00:01,,\n"
                  "3,2017-07-01T00:00:02Z,-0,\"\"\n"
                  "4,2017-07-01T00:00:03Z,\"\",\"\\.\n\t\"\n") ==
        "1\t2017-07-01T00:00:00.000000Z\t1.50\ta\t7\n"
        "2\t2017-07-01T00:00:01.000000Z\t\\N\t\\N\t7\n"
        "3\t2017-07-01T00:00:02.000000Z\t-0\t\t7\n"
        "4\t2017-07-01T00:00:03.000000Z\t\\N\t\\\\.\\n\\t\t7\n");
}

TEST_CASE("JSON's null is NULL and its empty string is empty") {
  CHECK(copy_text(R"({"sensor_id":1,"ts":"2017-07-01","note":null})"
                  "\n"
                  R"({"sensor_id":"2","ts":"2017-07-01","note":""})"
                  "\n") ==
        "1\t2017-07-01T00:00:00.000000Z\t\\N\t7\n"
        "2\t2017-07-01T00:00:00.000000Z\t\t7\n");
}

TEST_CASE("a row becomes a tuple of binary COPY") {
  const load::Table table = reading();
  const auto reader = reader_of("note,sensor_id,ts,temperature\nxy,1,2000-01-01T00:00:01Z,\n");
  const load::CopyPlan plan =
      load::make_copy_plan(reader->columns(), "x.csv", table, reader->columns().names(), {});
  load::RowEncoder encoder(plan, *reader, load::BadText::kError);
  load::CopyBuffer out;
  sp::Record record;
  REQUIRE(reader->next(record));
  encoder.encode(record, out);
  using namespace std::string_view_literals;
  CHECK(out.view() ==
        "\0\4"
        "\0\0\0\2xy"
        "\0\0\0\10\0\0\0\0\0\0\0\1"
        "\0\0\0\10\0\0\0\0\0\x0f\x42\x40"
        "\xff\xff\xff\xff"sv);
  CHECK(encoder.time() == 1'000'000);
}

TEST_CASE("a value that its column cannot hold is told with its place") {
  const std::string head = "sensor_id,ts,temperature,note\n1,2017-07-01T00:00:00Z,\"1\",\"a\nb\"\n";
  CHECK(failure([&] { copy_text(head + "2,2017-07-01T00:00:01Z,warm,x\n"); }) ==
        "65 x.csv:2:4:temperature 'warm' is not a value of column temperature, which is double "
        "precision");
  CHECK(failure([&] { copy_text(head + ",2017-07-01T00:00:01Z,1,x\n"); }) ==
        "65 x.csv:2:4:sensor_id the value is missing; column sensor_id must not be null");
  CHECK(failure([&] {
          copy_text(head + "2,2017-07-01T00:00:01Z,1,a\xff\n");
        }).starts_with("65 x.csv:2:4:note "));
  CHECK(copy_text("sensor_id,ts,note\n2,2017-07-01T00:00:01Z,a\xff\n", load::BadText::kReplace) ==
        "2\t2017-07-01T00:00:01.000000Z\ta\xef\xbf\xbd\t7\n");
}

TEST_CASE("a file is known by its name, and by what JSON makes of it") {
  load::FileColumn files("file", {"a.csv", "b\xff.csv", "c\xfe.csv", "c\xff.csv"});
  CHECK(files.find("a.csv") == 0);
  CHECK(files.find("b\xff.csv") == 1);
  CHECK(files.find("b\xef\xbf\xbd.csv") == 1);
  CHECK(files.find("c\xff.csv") == 3);
  CHECK_FALSE(files.find("c\xef\xbf\xbd.csv"));  // two could be meant
  CHECK_FALSE(files.find(""));
  CHECK_FALSE(files.is_loaded(1));
  files.load(1, "7");
  CHECK(files.is_loaded(1));
  CHECK(files.ingest_id(1) == "7");
  files.skip(1);
  CHECK_FALSE(files.is_loaded(1));
}

TEST_CASE("many values are one array") {
  CHECK(load::array_literal({}) == "{}");
  CHECK(load::array_literal({"a", "", "b\"c\\", "{x,y}"}) == R"({"a",NULL,"b\"c\\","{x,y}"})");
}

TEST_CASE("a set of rows by their positions") {
  load::KnownRows rows;
  CHECK_FALSE(rows.contains(1));
  for (const std::uint64_t position : {1U, 64U, 1'000'000U, 64U}) rows.mark(position);
  CHECK(rows.count() == 3);
  CHECK(rows.contains(64));
  CHECK(rows.contains(1'000'000));
  CHECK_FALSE(rows.contains(63));
  CHECK_FALSE(rows.contains(1'000'064));
}

TEST_CASE("months are those of UTC") {
  CHECK(month("2017-07-31T23:59:59.999999Z") == "2017-07-01T00:00:00 2017-08-01T00:00:00");
  CHECK(month("2017-08-01T00:00:00Z") == "2017-08-01T00:00:00 2017-09-01T00:00:00");
  CHECK(month("2016-02-29T12:00:00Z") == "2016-02-01T00:00:00 2016-03-01T00:00:00");
  CHECK(month("2017-12-31T23:59:59Z") == "2017-12-01T00:00:00 2018-01-01T00:00:00");
  CHECK(month("1999-12-31T23:59:59Z") == "1999-12-01T00:00:00 2000-01-01T00:00:00");
  CHECK(month("0001-01-01T00:00:00Z") == "0001-01-01T00:00:00 0001-02-01T00:00:00");
}

TEST_CASE("what was read of a stream is kept, in memory and in a file") {
  for (const std::size_t limit : {std::size_t{0}, std::size_t{10}, std::size_t{1} << 20}) {
    CAPTURE(limit);
    load::ReplayBuffer kept(limit);
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
      kept.append(std::to_string(i));
      expected += std::to_string(i);
    }
    CHECK(kept.size() == expected.size());
    std::string back(expected.size() + 10, '?');
    std::size_t size = 0;
    while (const std::size_t n = kept.read(size, back.data() + size, 777)) size += n;
    back.resize(size);
    CHECK(back == expected);
    CHECK(kept.read(expected.size(), back.data(), 1) == 0);
  }
}

TEST_CASE("a FIFO can be read again after part of it, or all, was read") {
  const TemporaryFolder folder;
  const std::string fifo = folder / "in";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  std::thread writer([&fifo] {
    const int fd = ::open(fifo.c_str(), O_WRONLY);
    std::string text = "a\n";
    for (int i = 0; i < 200000; ++i) text += std::to_string(i) + "\n";
    for (std::size_t at = 0; at < text.size();) {
      const ssize_t n = ::write(fd, text.data() + at, text.size() - at);
      if (n <= 0) break;
      at += static_cast<std::size_t>(n);
    }
    ::close(fd);
  });
  load::Input input(fifo, {}, {});
  CHECK(rows_of(input, 3) == std::vector<std::string>{"0", "1", "2"});
  const std::vector<std::string> all = rows_of(input);
  CHECK(all.size() == 200000);
  CHECK(all.back() == "199999");
  CHECK(rows_of(input) == all);
  writer.join();
}

TEST_CASE("a regular file is opened again") {
  const TemporaryFolder folder;
  load::Input input(folder.write("a.csv", "a\n1\n2\n"), {}, {});
  CHECK(rows_of(input, 1) == std::vector<std::string>{"1"});
  CHECK(rows_of(input) == std::vector<std::string>{"1", "2"});
}

TEST_CASE("an NDJSON file without a row is an input without rows") {
  const TemporaryFolder folder;
  load::Input input(folder.write("e.ndjson", ""), {}, {});
  CHECK(rows_of(input).empty());
}
