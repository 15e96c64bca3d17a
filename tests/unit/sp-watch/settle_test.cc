#include "sp-watch/settle.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <string>

#include "sp-watch/name_filter.h"
#include "sp-watch/waiting.h"
#include "sp/io/descriptor.h"
#include "temporary_folder.h"

using sp::watch::FileStamp;
using sp::watch::Millis;
using sp::watch::Settle;
using sp::watch::TimePoint;

namespace {

constexpr TimePoint kStart{};
TimePoint at(int millis) { return kStart + Millis(millis); }

FileStamp stamp(std::uint64_t inode, std::int64_t size, std::int64_t mtime = 1) {
  return {inode, size, mtime, mtime};
}

// The names that are ready, in the order in which they are handed out.
std::string ready(Settle& settle, TimePoint now) {
  std::string out;
  while (const auto file = settle.take(now)) out += (out.empty() ? "" : " ") + file->name;
  return out;
}

}  // namespace

TEST_CASE("a file is ready when it stayed the same for the settle time, and not before") {
  Settle settle(Millis(100));
  settle.observe("a", stamp(1, 10), at(0));
  CHECK(settle.next_due() == at(100));
  CHECK_FALSE(settle.has_ready(at(99)));
  CHECK(ready(settle, at(100)) == "a");
  CHECK(settle.size() == 0);
  CHECK_FALSE(settle.next_due());
}

TEST_CASE("every change begins the rest anew: size, times, inode") {
  const FileStamp first{1, 10, 5, 5};
  for (const FileStamp& changed : {FileStamp{1, 11, 5, 5}, FileStamp{1, 10, 6, 5},
                                   FileStamp{1, 10, 5, 6}, FileStamp{2, 10, 5, 5}}) {
    Settle settle(Millis(100));
    settle.observe("a", first, at(0));
    settle.observe("a", changed, at(90));
    CHECK_FALSE(settle.has_ready(at(189)));
    const auto taken = settle.take(at(190));
    REQUIRE(taken);
    CHECK(taken->stamp == changed);
  }
}

TEST_CASE("seeing the same again does not begin the rest anew") {
  Settle settle(Millis(100));
  for (int t = 0; t <= 90; t += 30) settle.observe("a", stamp(1, 10), at(t));
  CHECK(ready(settle, at(100)) == "a");
}

TEST_CASE("a file that changes after it became ready is not ready any more") {
  Settle settle(Millis(100));
  settle.observe("a", stamp(1, 10), at(0));
  REQUIRE(settle.has_ready(at(100)));
  settle.observe("a", stamp(1, 20), at(150));
  CHECK_FALSE(settle.has_ready(at(249)));
  CHECK(settle.has_ready(at(250)));
}

TEST_CASE(
    "what the file's own times say does not matter: a clock that jumped makes nothing ready") {
  Settle settle(Millis(100));
  settle.observe("old", stamp(1, 10, -1'000'000'000'000), at(0));
  settle.observe("future", stamp(2, 10, 1'000'000'000'000'000'000), at(0));
  CHECK_FALSE(settle.has_ready(at(99)));
  CHECK(ready(settle, at(100)) == "old future");
}

TEST_CASE("a file that was renamed in is ready at once; also where a writer was seen before") {
  Settle settle(Millis(100));
  settle.arrived("a", stamp(1, 10), at(0));
  settle.observe("b", stamp(2, 10), at(0));
  settle.arrived("b", stamp(3, 99), at(1));
  CHECK(ready(settle, at(1)) == "a b");
}

TEST_CASE("a settle time of zero makes every file ready") {
  Settle settle(Millis(0));
  settle.observe("a", stamp(1, 10), at(0));
  CHECK(ready(settle, at(0)) == "a");
}

TEST_CASE("the oldest file comes first, whatever the order in which files settle") {
  Settle settle(Millis(10));
  settle.observe("c", stamp(1, 1, 300), at(0));
  settle.observe("a", stamp(2, 1, 100), at(5));
  settle.observe("b", stamp(3, 1, 200), at(1));
  settle.observe("b2", stamp(4, 1, 200), at(0));
  CHECK(ready(settle, at(20)) == "a b b2 c");
}

TEST_CASE("a scan forgets what is no longer there, and nothing else") {
  Settle settle(Millis(100));
  settle.begin_scan();
  settle.observe("stays", stamp(1, 1), at(0));
  settle.observe("goes", stamp(2, 1), at(0));
  settle.arrived("ready-stays", stamp(3, 1), at(0));
  settle.arrived("ready-goes", stamp(4, 1), at(0));
  settle.end_scan();
  CHECK(settle.size() == 4);
  settle.begin_scan();
  settle.observe("stays", stamp(1, 1), at(50));
  CHECK(settle.still_ready("ready-stays", 3));
  settle.end_scan();
  CHECK(settle.size() == 2);
  CHECK(ready(settle, at(100)) == "ready-stays stays");
}

TEST_CASE("a scan looks closer at what is not ready or is another inode") {
  Settle settle(Millis(100));
  settle.observe("waits", stamp(1, 1), at(0));
  settle.arrived("ready", stamp(2, 1), at(0));
  CHECK_FALSE(settle.still_ready("waits", 1));
  CHECK_FALSE(settle.still_ready("ready", 3));
  CHECK_FALSE(settle.still_ready("unknown", 2));
  CHECK(settle.still_ready("ready", 2));
}

TEST_CASE("only names that are meant are accepted") {
  struct Row {
    const char* name;
    std::vector<std::string> globs;
    bool accepted;
  };
  for (const Row& row : std::vector<Row>{{"a.csv", {}, true},
                                         {".a.csv", {}, false},
                                         {".sp-watch", {}, false},
                                         {"a.csv.tmp", {}, false},
                                         {"a.part", {}, false},
                                         {"a.partial", {}, false},
                                         {"a.csv~", {}, false},
                                         {"a.tmpl", {}, true},
                                         {"-a", {}, true},
                                         {"a\nb", {}, true},
                                         {"\xff", {}, true},
                                         {"a.csv", {"*.csv"}, true},
                                         {"a.CSV", {"*.csv"}, false},
                                         {"b.gz", {"*.csv", "b.*"}, true},
                                         {".b.csv", {"*"}, false},
                                         {".b.csv", {".*"}, false},
                                         {"b.tmp", {"b*"}, false},
                                         {"b.csv.1a2B3c4D", {"b*"}, false},
                                         {"b.20240101", {"b*"}, true}}) {
    CAPTURE(row.name);
    CHECK(sp::watch::NameFilter(row.globs).accepts(row.name) == row.accepted);
  }
}

TEST_CASE("patterns are kept for who asks later, whatever is in them") {
  const TemporaryFolder folder;
  const sp::Descriptor own(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  CHECK(sp::watch::NameFilter::load(own.get()).accepts("x"));  // nobody has left any
  for (const bool ignores_case : {true, false}) {
    sp::watch::NameFilter({"*.csv", "a\nb*", ""}, ignores_case).save(own.get());
    const auto filter = sp::watch::NameFilter::load(own.get());
    CHECK(filter.accepts("x.csv"));
    CHECK(filter.accepts("a\nb.txt"));
    CHECK_FALSE(filter.accepts("x.txt"));
    CHECK(filter.accepts("x.CSV") == ignores_case);
  }
  sp::watch::NameFilter().save(own.get());
  CHECK(sp::watch::NameFilter::load(own.get()).accepts("x"));
  folder.write("match", "damaged");
  CHECK(sp::watch::NameFilter::load(own.get()).accepts("x"));
}

namespace {
std::string taken(sp::watch::Waiting& waiting, int when) {
  std::string names;
  for (const auto& waiter : waiting.take(at(when))) names += waiter.name + " ";
  return names;
}
}  // namespace

TEST_CASE("jobs wait in the order in which they are due, each once") {
  sp::watch::Waiting waiting;
  waiting.put("late", at(300));
  waiting.put("soon", at(100));
  waiting.put("late", at(200));
  CHECK(waiting.knows("late"));
  CHECK(waiting.next_due() == at(100));
  CHECK(taken(waiting, 99).empty());
  CHECK(taken(waiting, 250) == "soon ");
  CHECK(taken(waiting, 250) == "late ");
  CHECK(taken(waiting, 999).empty());
  CHECK(waiting.empty());
}

TEST_CASE("jobs are tried together as far as each may have the others' company") {
  sp::watch::Waiting waiting;
  waiting.put("a", at(1), 3);
  waiting.put("b", at(2), 2);
  waiting.put("c", at(3), 3);
  waiting.put("alone", at(4));
  waiting.put("d", at(5), 9);
  CHECK(taken(waiting, 9) == "a b ");
  CHECK(taken(waiting, 9) == "c ");
  CHECK(taken(waiting, 9) == "alone ");
  CHECK(taken(waiting, 4).empty());
  CHECK(taken(waiting, 9) == "d ");
}
