// Arrays written in every way, cut at random places.
#include "sp/table/json_array.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "failure.h"
#include "sp/table/formats.h"
#include "sp/table/record_reader.h"

namespace {

struct Read {
  std::vector<std::string> values;
  std::vector<std::uint64_t> lines;
};

Read read(const std::string& text, std::size_t chunk) {
  const auto reader = sp::open_reader(sp::memory_source(text, "t", chunk), {});
  CHECK(reader->format() == sp::Format::kNdjson);
  Read out;
  sp::Record record;
  while (reader->next(record)) {
    CHECK(record.defect().empty());
    out.values.emplace_back(record[0]);
    out.lines.push_back(record.line());
  }
  return out;
}

std::string failed(const std::string& text) {
  return failure([&] { read(text, SIZE_MAX); });
}

}  // namespace

TEST_CASE("items of an array are rows, on their lines where each has one of its own") {
  std::mt19937 random(5);
  for (int round = 0; round < 500; ++round) {
    const bool own_lines = round % 2 == 0;
    const auto space = [&] {
      std::string out;
      for (std::uint32_t n = random() % 4; n > 0; --n) out += " \t\r\n"[random() % 4];
      return out;
    };
    std::string text = round % 3 == 0 ? "\xef\xbb\xbf" : space();
    text += "[";
    Read expected;
    const std::size_t count = 1 + random() % 20;
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) text += space() + ",";
      text += space() + (own_lines ? "\n" : "");
      const std::string value = std::to_string(i) + "]},{[";
      expected.values.push_back(value + "\"");
      expected.lines.push_back(
          1 + static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')));
      text += "{" + space() + "\"a\"" + space() + ":" + space() + "\"" + value + "\\\"\"" +
              space() + "}";
    }
    text += space() + "]" + space();
    CAPTURE(text);
    const Read got = read(text, 1 + random() % 30);
    REQUIRE(got.values == expected.values);
    if (own_lines) REQUIRE(got.lines == expected.lines);
  }
}

TEST_CASE("what is no whole array") {
  for (const char* text : {"[{\"a\":1}", "[{\"a\":1},", "[{\"a\":1},{\"a\":", "[{}"}) {
    CAPTURE(text);
    CHECK(failed(text) == "65 the JSON array is not closed: the file may have been cut");
  }
  CHECK(failed("[{\"a\":1}] [") == "65 there is text after the end of the JSON array");
  for (const char* text : {"[{\"a\":1}{\"a\":1}]", "[{\"a\":1},]", "[{\"a\":1},,{\"a\":1}]"}) {
    CAPTURE(text);
    CHECK(failed(text) == "65 a comma or an object is missing in the JSON array");
  }
  // A brace that closes nothing takes no item along.
  const auto reader = sp::open_reader(sp::memory_source("[{\"a\":1},5},{\"a\":2}]"), {});
  sp::Record record;
  std::string defects;
  while (reader->next(record)) defects += record.defect().empty() ? '0' : '1';
  CHECK(defects == "010");
  CHECK(sp::is_json_array(" [ {") == sp::ArrayBegin::kArray);
  CHECK(sp::is_json_array("[]") == sp::ArrayBegin::kArray);
  CHECK(sp::is_json_array("[time],[t]\n") == sp::ArrayBegin::kNoArray);
  CHECK(sp::is_json_array("{\"a\":1}") == sp::ArrayBegin::kNoArray);
  CHECK(sp::is_json_array("[ ") == sp::ArrayBegin::kUndecided);
}
