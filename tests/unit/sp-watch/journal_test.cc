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

namespace {

constexpr sp::watch::LogPolicy kNamed{true, false};

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

TEST_CASE("the journal appends one object a line, with time and event") {
  TemporaryFolder folder;
  folder.write("j", "{\"before\":1}\n");
  Journal journal(folder / "j", kNamed);
  CHECK(journal.write(Journal::event("taken").add("job", "a.csv")));
  const auto found = lines(folder.read("j"));
  REQUIRE(found.size() == 2);
  CHECK(found[0] == "{\"before\":1}");
  CHECK(found[1].starts_with("{\"time\":\"20"));
  CHECK(found[1].ends_with("Z\",\"event\":\"taken\",\"job\":\"a.csv\"}"));
}

TEST_CASE("any name fits into a line, and none is lost") {
  TemporaryFolder folder;
  Journal journal(folder / "j", kNamed);
  for (const char* name : {"line\nbreak", "quote\"", "\xff\x00x", "\xe2\x80\xa8"}) {
    sp::JsonObject line = Journal::event("taken");
    Journal::add_name(line, "file", name);
    CHECK(journal.write(line));
  }
  const auto found = lines(folder.read("j"));
  REQUIRE(found.size() == 4);
  CHECK(found[0].ends_with("\"file\":\"line\\nbreak\"}"));
  CHECK(found[1].ends_with("\"file\":\"quote\\\"\"}"));
  CHECK(found[2].ends_with("\"file\":\"\xef\xbf\xbd\",\"file_hex\":\"ff\"}"));
  CHECK(found[3].find("file_hex") == std::string::npos);
}

TEST_CASE("a line that was cut short by a crash does not spoil the next") {
  TemporaryFolder folder;
  folder.write("j", "{\"time\":\"2025-");
  Journal journal(folder / "j", kNamed);
  journal.write(Journal::event("start"));
  journal.write(Journal::event("stop"));
  const auto found = lines(folder.read("j"));
  REQUIRE(found.size() == 3);
  CHECK(found[0] == "{\"time\":\"2025-");
  CHECK(found[1].starts_with("{\"time\":"));
}

TEST_CASE("a full disk is told, line by line") {
  Journal journal("/dev/full", kNamed);
  CHECK_FALSE(journal.write(Journal::event("start")));
  CHECK(errno == ENOSPC);
}

TEST_CASE("after a rotation the journal goes on in the new file") {
  TemporaryFolder folder;
  Journal journal(folder / "j", kNamed);
  journal.write(Journal::event("one"));
  REQUIRE(std::rename((folder / "j").c_str(), (folder / "j.1").c_str()) == 0);
  journal.write(Journal::event("two"));
  journal.reopen();
  journal.write(Journal::event("three"));
  CHECK(lines(folder.read("j.1")).size() == 2);
  CHECK(lines(folder.read("j")).size() == 1);
}

TEST_CASE("a journal that cannot be opened names its file") {
  TemporaryFolder folder;
  try {
    Journal journal(folder / "no/such/folder", kNamed);
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
      Journal journal(folder / "j", kNamed);
      for (int i = 0; i < 200; ++i) {
        journal.write(Journal::event("x").add("text", std::string(500, c)));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  const auto found = lines(folder.read("j"));
  CHECK(found.size() == 600);
  for (const std::string& line : found) {
    const std::string tail = line.substr(line.size() - 502);
    CHECK(tail.find_first_not_of(tail[0]) == 500);
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
        Journal(folder / "j", kNamed).write(Journal::event("start"));
      } catch (const sp::Error& error) {
        code = static_cast<int>(error.code());
      }
      CHECK(code == row.code);
      CHECK((safe || folder.read("precious") == "keep"));
    }
  }
}
