#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdio>
#include <string>

#include "sp-load/journal/journal_file.h"
#include "sp-load/journal/journal_line.h"
#include "sp/base/diagnostic.h"
#include "temporary_folder.h"

using namespace sp::load;

namespace {

std::string line(const std::string& event, const std::string& more) {
  return R"({"time":"2025-01-31T10:15:00.5Z","event":")" + event +
         R"(","host":"pi","folder":"/srv/in",)" + more + "}";
}

const std::string kFile = R"("job":"a.csv","taken":"2025-01-31T10:00:00.123456Z","attempts":2)";

}  // namespace

TEST_CASE("a line of the journal says what became of a file, or decides nothing") {
  struct Row {
    std::string line;
    LineKind kind;
    const char* status;
  };
  const auto of = [](const char* event) { return line(event, kFile); };
  const std::string first = R"("job":"a.csv","taken":"2025-01-31T10:00:00Z","attempts":1)";
  JournalReader reader;
  for (const Row& row : {
           Row{of("retry"), LineKind::kOutcome, "waiting"},
           Row{of("retried"), LineKind::kOutcome, "waiting"},
           Row{of("expired"), LineKind::kOther, nullptr},
           Row{of("done"), LineKind::kOutcome, "loaded"},
           Row{of("quarantine"), LineKind::kOutcome, "refused"},
           Row{of("set-aside"), LineKind::kOutcome, "refused"},
           Row{of("failed"), LineKind::kOutcome, "failed"},
           Row{of("vanished"), LineKind::kOutcome, "vanished"},
           Row{of("taken"), LineKind::kOther, nullptr},
           Row{of("end"), LineKind::kOther, nullptr},
           Row{line("done", first), LineKind::kOther, nullptr},  // the ledger knows it
           Row{line("retry", first), LineKind::kOutcome, "waiting"},
           Row{line("retry", R"("job":"a.csv","taken":"yesterday","attempts":2)"),
               LineKind::kUnknown, nullptr},
           Row{line("retry", R"("job":null,"taken":null)"), LineKind::kUnknown, nullptr},
           Row{R"({"time":"2025-01-31T10)", LineKind::kUnknown, nullptr},
           Row{"[1]", LineKind::kUnknown, nullptr},
           Row{"{}", LineKind::kUnknown, nullptr},
       }) {
    CAPTURE(row.line);
    FileOutcome out;
    CHECK(reader.read(row.line, out) == row.kind);
    if (row.kind == LineKind::kOutcome) CHECK(std::string(out.status) == row.status);
  }
}

TEST_CASE("all that a line says is noted, and what PostgreSQL cannot hold is not") {
  JournalReader reader;
  FileOutcome out;
  const std::string sum(64, 'a');
  REQUIRE(reader.read(
              line("failed", kFile + R"(,"size":7,"sha256":")" + sum +
                                 R"(","schema_sha256":"short","started":"2025-01-31T10:14:59Z",)"
                                 R"("status":70,"tool":"sp-load","why":"a\u0000b \"quoted\"")"),
              out) == LineKind::kOutcome);
  FileOutcomes outcomes;
  outcomes.add(out);
  CHECK(
      outcomes.json() ==
      R"([{"name":"a.csv","taken_at":"2025-01-31T10:00:00.123456Z","folder":"/srv/in","host":"pi",)"
      R"("size_bytes":7,"digest":"\\x)" +
          sum +
          R"(","status":"failed","reason":"a)"
          "\xef\xbf\xbd"
          R"(b \"quoted\"","tool":"sp-load","tries":2,"started_at":"2025-01-31T10:14:59Z",)"
          R"("noted_at":"2025-01-31T10:15:00.5Z"}])");
  out.tries = 3;
  outcomes.add(out);
  CHECK(outcomes.json().find("\"tries\":2") == std::string::npos);
}

TEST_CASE("lines are read whole, on from where the last ones ended") {
  TemporaryFolder folder;
  const std::string path = folder.write("j", "one\ntwo\ntor");
  const auto file = JournalFile::open(path);
  REQUIRE(file);
  CHECK(file->first_line() == "one");
  std::uint64_t next = 0;
  CHECK(file->lines(0, next) == "one\ntwo\n");
  CHECK(next == 8);
  CHECK(file->lines(next, next).empty());
  CHECK(next == 8);
  CHECK(file->is_begin_of_line(4));
  CHECK_FALSE(file->is_begin_of_line(5));
  CHECK_FALSE(file->is_begin_of_line(100));
  // Of a line that is longer than a piece nothing comes, and the next one is found.
  const std::string before = "one\n";
  const auto huge =
      JournalFile::open(folder.write("h", before + std::string(3 << 20, 'x') + "\nlast\n"));
  CHECK(huge->lines(4, next).empty());
  CHECK(next == 5 + (3u << 20));
  CHECK(huge->lines(next, next) == "last\n");
  CHECK(next == huge->size());
}

TEST_CASE("a journal is known by its first line, whatever its name is") {
  TemporaryFolder folder;
  const std::string path = folder.write("j", "{\"a\":1}\n");
  const std::string id = JournalFile::open(path)->id();
  REQUIRE(std::rename(path.c_str(), (path + ".1").c_str()) == 0);
  CHECK_FALSE(JournalFile::open(path));
  folder.write("j", "{\"a\":2}\n");
  folder.write("j-20250131.gz", "\x1f\x8b\n");
  folder.write("jj", "{\"a\":3}\n");
  folder.write("j.d", "{");
  const auto rotated = JournalFile::rotated_from(path);
  REQUIRE(rotated.size() == 1);
  CHECK(rotated[0].path() == path + ".1");
  CHECK(rotated[0].id() == id);
  CHECK(JournalFile::open(path)->id() != id);
  CHECK(JournalFile::open(folder.write("new", ""))->first_line().empty());
}

TEST_CASE("what is no regular file is no journal, and nobody waits for it") {
  TemporaryFolder folder;
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK_THROWS_AS(JournalFile::open(folder / "fifo"), sp::Error);
  CHECK_THROWS_AS(JournalFile::open(folder.path().string()), sp::Error);
}
