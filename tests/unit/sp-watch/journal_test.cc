#include "sp-watch/say/journal.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "sp/base/diagnostic.h"
#include "temporary_folder.h"

using sp::watch::Journal;
using sp::watch::Step;

namespace {

constexpr sp::watch::LogPolicy kNamed{true, false};

constexpr const char* kMembers[] = {
    "time",   "event", "host",   "folder",        "job",   "file",    "file_hex",
    "as",     "size",  "sha256", "schema_sha256", "taken", "started", "attempts",
    "status", "tool",  "why",    "pid",           "files", "seconds", "delay_ms"};

Journal journal_in(const TemporaryFolder& folder) { return {folder / "j", kNamed, "/srv/in"}; }

Step step(std::string_view event) {
  Step out;
  out.event = event;
  return out;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    out.push_back(text.substr(at, end - at));
    if (end == std::string::npos) break;
    at = end + 1;
  }
  return out;
}

}  // namespace

TEST_CASE("the journal appends one object a line, whose members are always the same") {
  TemporaryFolder folder;
  folder.write("j", "{\"before\":1}\n");
  Journal journal = journal_in(folder);
  CHECK(journal.write(step("start")));
  Step full{"retry", "a.csv", "a\xff", "b.csv",   1,     "aa", "bb", "2025-01-31T10:15:00.123456Z",
            "s",     2,       75,      "sp-load", "why", 11,   12,   13,
            0.5};
  CHECK(journal.write(full));
  const auto found = lines(folder.read("j"));
  REQUIRE(found.size() == 3);
  CHECK(found[0] == "{\"before\":1}");
  for (const std::string& line : {found[1], found[2]}) {
    CAPTURE(line);
    std::size_t at = 0;
    for (const char* const member : kMembers) {
      CAPTURE(member);
      const std::size_t next = line.find('"' + std::string(member) + "\":", at);
      REQUIRE(next != std::string::npos);
      at = next;
    }
  }
  CHECK(found[1].starts_with("{\"time\":\"20"));
  CHECK(found[1].find("\"event\":\"start\"") != std::string::npos);
  CHECK(
      found[1].ends_with("\"folder\":\"/srv/in\",\"job\":null,\"file\":null,\"file_hex\":null,"
                         "\"as\":null,\"size\":null,\"sha256\":null,\"schema_sha256\":null,"
                         "\"taken\":null,\"started\":null,\"attempts\":0,\"status\":null,"
                         "\"tool\":null,\"why\":null,\"pid\":null,\"files\":null,"
                         "\"seconds\":null,\"delay_ms\":null}"));
  CHECK(
      found[2].ends_with("\"file\":\"a\xef\xbf\xbd\",\"file_hex\":\"61ff\",\"as\":\"b.csv\","
                         "\"size\":1,\"sha256\":\"aa\",\"schema_sha256\":\"bb\","
                         "\"taken\":\"2025-01-31T10:15:00.123456Z\",\"started\":\"s\","
                         "\"attempts\":2,\"status\":75,\"tool\":\"sp-load\",\"why\":\"why\","
                         "\"pid\":11,\"files\":12,\"seconds\":0.5,\"delay_ms\":13}"));
}

TEST_CASE("any name fits into a line, and none is lost") {
  TemporaryFolder folder;
  Journal journal = journal_in(folder);
  for (const char* name : {"line\nbreak", "quote\"", "\xff\x00x", "\xe2\x80\xa8"}) {
    Step line = step("taken");
    line.file = name;
    CHECK(journal.write(line));
  }
  const auto found = lines(folder.read("j"));
  REQUIRE(found.size() == 4);
  const auto holds = [&](int line, const char* text) {
    return found[static_cast<std::size_t>(line)].find(text) != std::string::npos;
  };
  CHECK(holds(0, "\"file\":\"line\\nbreak\",\"file_hex\":null"));
  CHECK(holds(1, "\"file\":\"quote\\\"\",\"file_hex\":null"));
  CHECK(holds(2, "\"file\":\"\xef\xbf\xbd\",\"file_hex\":\"ff\""));
  CHECK(holds(3, "\"file_hex\":null"));
}

TEST_CASE("a line that was cut short by a crash does not spoil the next") {
  TemporaryFolder folder;
  folder.write("j", "{\"time\":\"2025-");
  Journal journal = journal_in(folder);
  journal.write(step("start"));
  journal.write(step("stop"));
  const auto found = lines(folder.read("j"));
  REQUIRE(found.size() == 3);
  CHECK(found[0] == "{\"time\":\"2025-");
  CHECK(found[1].starts_with("{\"time\":"));
}

TEST_CASE("a full disk is told, line by line") {
  Journal journal("/dev/full", kNamed, "/srv/in");
  CHECK_FALSE(journal.is_regular_file());
  CHECK_FALSE(journal.write(step("start")));
  CHECK(errno == ENOSPC);
}

TEST_CASE("after a rotation the journal goes on in the new file") {
  TemporaryFolder folder;
  Journal journal = journal_in(folder);
  journal.write(step("one"));
  REQUIRE(std::rename((folder / "j").c_str(), (folder / "j.1").c_str()) == 0);
  journal.write(step("two"));
  journal.reopen();
  journal.write(step("three"));
  CHECK(lines(folder.read("j.1")).size() == 2);
  CHECK(lines(folder.read("j")).size() == 1);
}

TEST_CASE("a journal that cannot be opened names its file") {
  TemporaryFolder folder;
  try {
    const Journal journal(folder / "no/such/folder", kNamed, "/srv/in");
    FAIL("it was opened");
  } catch (const sp::Error& error) {
    CHECK(error.code() == sp::ExitCode::kIoErr);
    CHECK(std::string(error.what()).find("no/such/folder") != std::string::npos);
  }
}

TEST_CASE("lines of several writers do not mix") {
  TemporaryFolder folder;
  std::vector<std::thread> writers;
  for (char c : {'a', 'b', 'c'}) {
    writers.emplace_back([&folder, c] {
      Journal journal = journal_in(folder);
      for (int i = 0; i < 200; ++i) {
        Step line = step("x");
        line.why = std::string(500, c);
        journal.write(line);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  const auto found = lines(folder.read("j"));
  CHECK(found.size() == 600);
  for (const std::string& line : found) {
    const std::size_t begin = line.find("\"why\":\"") + 7;
    CHECK(line.find_first_not_of(line[begin], begin) == begin + 500);
  }
}

TEST_CASE("where others may write, only a file of ours is a journal, and no link is followed") {
  constexpr uid_t kStranger = 65534;
  struct Row {
    const char* what;
    bool (*plant)(const TemporaryFolder& folder);
    bool needs_root;
    int code;  // 0: it is taken
  };
  const auto nothing = [](const TemporaryFolder&) { return true; };
  const auto ours = [](const TemporaryFolder& f) { return !f.write("j", "").empty(); };
  const auto link = [](const TemporaryFolder& f) {
    return ::symlink("precious", (f / "j").c_str()) == 0;
  };
  const auto hard_link = [](const TemporaryFolder& f) {
    return ::link((f / "precious").c_str(), (f / "j").c_str()) == 0;
  };
  const auto theirs = [](const TemporaryFolder& f) {
    return ::chown(f.write("j", "").c_str(), kStranger, kStranger) == 0;
  };
  for (const mode_t mode : {0777U, 01777U, 0775U, 0755U}) {
    const bool safe = mode == 0755;
    for (const Row& row :
         std::initializer_list<Row>{{"nothing", nothing, false, 0},
                                    {"a file of ours", ours, false, 0},
                                    {"a link", link, false, safe ? 0 : 78},
                                    {"a hard link", hard_link, false, safe ? 0 : 78},
                                    {"their file", theirs, true, safe ? 0 : 78}}) {
      CAPTURE(mode);
      CAPTURE(row.what);
      if (row.needs_root && ::geteuid() != 0) continue;
      TemporaryFolder folder;
      folder.write("precious", "keep");
      REQUIRE(::chmod(folder.path().c_str(), mode) == 0);
      REQUIRE(row.plant(folder));
      int code = 0;
      try {
        journal_in(folder).write(step("start"));
      } catch (const sp::Error& error) {
        code = static_cast<int>(error.code());
      }
      CHECK(code == row.code);
      CHECK((safe || folder.read("precious") == "keep"));
    }
  }
}
