#include "sp-watch/keep.h"

#include <doctest/doctest.h>

#include <string>

#include "sp-watch/job/job_state.h"
#include "sp-watch/job/kept_name.h"

using namespace sp::watch;

TEST_CASE("what is kept is an age or a number of files, and never a number alone") {
  struct Row {
    const char* text;
    std::int64_t age_ms;
    std::uint64_t files;
  };
  for (const Row& row : {Row{"30d", 30LL * 86'400'000, 0}, Row{"1.5h", 5'400'000, 0},
                         Row{"2w", 14LL * 86'400'000, 0}, Row{"1000files", 0, 1000}}) {
    CAPTURE(row.text);
    const auto keep = parse_keep(row.text);
    REQUIRE(keep);
    CHECK(keep->age.count() == row.age_ms);
    CHECK(keep->files == row.files);
    CHECK(keep->text == row.text);
  }
  for (const char* text : {"", "30", "0d", "0files", "files", "-1files", "1.5files", "1 files",
                           "1y", "99999999999999999999files"}) {
    CAPTURE(text);
    CHECK(!parse_keep(text));
  }
}

TEST_CASE("a name of what is kept says what it lies beside, and under which number") {
  struct Row {
    const char *name, *file, *ending, *number;
  };
  for (const Row& row :
       {Row{"a.csv", "a.csv", "", ""}, Row{"a.csv.errors.ndjson", "a.csv", ".errors.ndjson", ""},
        Row{"a.csv.reason.json", "a.csv", ".reason.json", ""},
        Row{"a.csv.~12~", "a.csv", "", ".~12~"},
        Row{"a.csv.errors.ndjson.~1~", "a.csv", ".errors.ndjson", ".~1~"},
        Row{"a.csv.~~", "a.csv.~~", "", ""}, Row{"a.csv.~1x~", "a.csv.~1x~", "", ""},
        Row{"a~", "a~", "", ""}, Row{".~1~", ".~1~", "", ""},
        Row{".errors.ndjson", ".errors.ndjson", "", ""}}) {
    CAPTURE(row.name);
    const KeptName kept = parse_kept_name(row.name);
    CHECK(kept.file == row.file);
    CHECK(kept.ending == row.ending);
    CHECK(kept.number == row.number);
    CHECK(kept.beside() == std::string(row.file) + row.number);
  }
}

TEST_CASE("a reason remembers when its file was taken and how often it was tried") {
  const auto state = state_of_reason(
      R"({"job":"a.csv","taken":"2025-01-31T10:15:00.123456Z","reason":"no","attempts":3})");
  REQUIRE(state);
  CHECK(state->taken_us == 1'738'318'500'123'456);
  CHECK(state->attempts == 3);
  CHECK(state->crashes == 0);
  CHECK(state->next_ms == 0);
  CHECK(state_of_reason(R"({"taken":"2025-01-31T10:15:00Z","attempts":0})")->attempts == 1);
  for (const char* json : {"", "{", "[]", R"({"attempts":1})", R"({"taken":"now","attempts":1})",
                           R"({"taken":"2025-01-31T10:15:00","attempts":1})",
                           R"({"taken":"2025-01-31T10:15:00Z","attempts":99999999999})"}) {
    CAPTURE(json);
    CHECK(!state_of_reason(json));
  }
}
