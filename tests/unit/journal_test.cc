#include "journal.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "sp/base/diagnostic.h"
#include "temporary_folder.h"

using sp::watch::Journal;

namespace {

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
  Journal journal(folder / "j", true);
  CHECK(journal.write(Journal::event("taken").add("job", "a.csv")));
  const auto found = lines(folder.read("j"));
  REQUIRE(found.size() == 2);
  CHECK(found[0] == "{\"before\":1}");
  CHECK(found[1].starts_with("{\"time\":\"20"));
  CHECK(found[1].ends_with("Z\",\"event\":\"taken\",\"job\":\"a.csv\"}"));
}

TEST_CASE("any name fits into a line, and none is lost") {
  TemporaryFolder folder;
  Journal journal(folder / "j", true);
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
  Journal journal(folder / "j", true);
  journal.write(Journal::event("start"));
  journal.write(Journal::event("stop"));
  const auto found = lines(folder.read("j"));
  REQUIRE(found.size() == 3);
  CHECK(found[0] == "{\"time\":\"2025-");
  CHECK(found[1].starts_with("{\"time\":"));
}

TEST_CASE("a full disk is told, line by line") {
  Journal journal("/dev/full", true);
  CHECK_FALSE(journal.write(Journal::event("start")));
  CHECK(errno == ENOSPC);
}

TEST_CASE("after a rotation the journal goes on in the new file") {
  TemporaryFolder folder;
  Journal journal(folder / "j", true);
  journal.write(Journal::event("one"));
  REQUIRE(std::rename((folder / "j").c_str(), (folder / "j.1").c_str()) == 0);
  journal.write(Journal::event("two"));
  CHECK(journal.reopen());
  journal.write(Journal::event("three"));
  CHECK(lines(folder.read("j.1")).size() == 2);
  CHECK(lines(folder.read("j")).size() == 1);
}

TEST_CASE("a journal that cannot be opened names its file") {
  TemporaryFolder folder;
  try {
    Journal journal(folder / "no/such/folder", true);
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
      Journal journal(folder / "j", true);
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
