#include "sp-load/ledger/rejected_rows.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <thread>
#include <vector>

#include "sp/base/diagnostic.h"
#include "temporary_folder.h"

namespace {

constexpr const char* kErrors = ".errors.ndjson";

}  // namespace

TEST_CASE("rejected rows of one name that come at once are all there, beside their reasons") {
  constexpr int kRuns = 4;
  for (int round = 0; round < 50; ++round) {
    const TemporaryFolder quarantine;
    const TemporaryFolder rejects[kRuns];
    std::vector<std::thread> runs;
    for (int run = 0; run < kRuns; ++run) {
      rejects[run].write("a.csv", std::to_string(run));
      rejects[run].write("a.csv.errors.ndjson", std::to_string(run));
      runs.emplace_back([&quarantine, &folder = rejects[run]] {
        sp::load::RejectedRows(folder.path(), quarantine.path()).bring("a.csv", true);
      });
    }
    for (std::thread& run : runs) run.join();
    std::set<std::string> found;
    for (int n = 0; n < kRuns; ++n) {
      const std::string ending = n == 0 ? "" : ".~" + std::to_string(n) + "~";
      found.insert(quarantine.read("a.csv" + ending));
      CHECK(quarantine.read("a.csv" + ending) == quarantine.read("a.csv" + (kErrors + ending)));
    }
    CHECK(found == std::set<std::string>{"0", "1", "2", "3"});
    CHECK(quarantine.file_count() == 2 * kRuns);
  }
}

TEST_CASE("the same rows are not brought twice, however their file was spelled") {
  const TemporaryFolder quarantine;
  for (const char* path : {"a/x.csv", "/in/a/x.csv", "b/x.csv"}) {
    const TemporaryFolder rejects;
    rejects.write("x.csv", "a row");
    rejects.write("x.csv.errors.ndjson", path);
    sp::load::RejectedRows(rejects.path(), quarantine.path()).bring(path, true);
  }
  CHECK(quarantine.read("x.csv") == "a row");
  CHECK(quarantine.read("x.csv.errors.ndjson") == "b/x.csv");
  CHECK(quarantine.file_count() == 2);
}

TEST_CASE("the same rows are not brought twice where numbers before theirs are free again") {
  const auto bring = [](const TemporaryFolder& quarantine, const std::string& rows) {
    const TemporaryFolder rejects;
    rejects.write("a.csv", rows);
    rejects.write("a.csv.errors.ndjson", "why " + rows);
    return sp::load::RejectedRows(rejects.path(), quarantine.path()).bring("a.csv", true);
  };
  // Each of the numbers was retried, or expired, alone.
  for (const std::string gone : {"", ".~1~", ".~2~"}) {
    const TemporaryFolder quarantine;
    for (const char* rows : {"0", "1", "2", "3"}) CHECK(bring(quarantine, rows));
    const std::string last = quarantine.read("a.csv" + gone);
    for (const std::string name : {"a.csv", "a.csv.errors.ndjson"}) {
      CHECK(std::filesystem::remove(quarantine / (name + gone)));
    }
    for (const char* rows : {"0", "1", "2", "3"}) CHECK(bring(quarantine, rows) == (rows == last));
    CHECK(quarantine.file_count() == 8);
  }
}

TEST_CASE("reasons without rows do not stand beside another's rows") {
  const TemporaryFolder quarantine, rejects;
  quarantine.write("a.csv", "rows");
  quarantine.write("a.csv.errors.ndjson", "why");
  rejects.write("a.csv.errors.ndjson", "why a value is missing");
  sp::load::RejectedRows(rejects.path(), quarantine.path()).bring("a.csv", false);
  CHECK(quarantine.read("a.csv.~1~") == "rows");
  CHECK(quarantine.read("a.csv.errors.ndjson.~1~") == "why");
  CHECK(quarantine.read("a.csv.errors.ndjson") == "why a value is missing");
  CHECK(quarantine.file_count() == 3);
}

TEST_CASE("rejected rows of a packed file have the name of what they are") {
  for (const std::string packed : {".gz", ".zst", ".xz", ".bz2"}) {
    const TemporaryFolder quarantine, rejects;
    const std::string file = "in/a.csv" + packed;
    rejects.write("a.csv", "rows");
    rejects.write("a.csv.errors.ndjson", "why");
    sp::load::RejectedRows rejected(rejects.path(), quarantine.path());
    CHECK(rejected.place_of(file, true) == quarantine / "a.csv");
    CHECK_FALSE(rejected.are_there(file));
    CHECK(rejected.bring(file, true));
    CHECK(rejected.are_there(file));
    CHECK(rejected.are_there("in/b.csv", "a.csv" + packed));
    CHECK(quarantine.read("a.csv") == "rows");
    CHECK(quarantine.file_count() == 2);
    // Its next state, under a name of its own.
    rejects.write("b.csv", "rows and more");
    rejects.write("b.csv.errors.ndjson", "why and more");
    CHECK(rejected.bring("in/b.csv" + packed, true));
    rejected.supersede("in/b.csv" + packed, "b.csv");  // the same rows
    CHECK(quarantine.file_count() == 4);
    rejected.supersede("in/b.csv" + packed, "a.csv" + packed);
    CHECK(quarantine.file_count() == 2);
  }
}

TEST_CASE("a file that was refused keeps its reason beside it where rejected rows take its name") {
  const TemporaryFolder quarantine, rejects;
  quarantine.write("a.csv", "refused");
  quarantine.write("a.csv.reason.json", "why it was");
  rejects.write("a.csv", "rows");
  rejects.write("a.csv.errors.ndjson", "why");
  sp::load::RejectedRows(rejects.path(), quarantine.path()).bring("a.csv.gz", true);
  CHECK(quarantine.read("a.csv") == "rows");
  CHECK(quarantine.read("a.csv.errors.ndjson") == "why");
  CHECK(quarantine.read("a.csv.~1~") == "refused");
  CHECK(quarantine.read("a.csv.reason.json.~1~") == "why it was");
  CHECK(quarantine.file_count() == 4);
}

TEST_CASE("rejected rows keep their reasons where a kill came as both got a number") {
  using namespace std::string_literals;
  const std::string both = "a.csv.errors.ndjson\0a.csv.errors.ndjson.~1~\0a.csv\0a.csv.~1~\0\0"s;
  const std::pair<std::string, bool> kills[] = {
      {both, true}, {both, false}, {both.substr(0, both.size() - 9), false}, {"", false}};
  for (const auto& [said, has_begun] : kills) {
    const TemporaryFolder quarantine, rejects;
    quarantine.write(".sp-load.lock", said);
    quarantine.write("a.csv", "rows");
    quarantine.write(has_begun ? "a.csv.errors.ndjson.~1~" : "a.csv.errors.ndjson", "why");
    rejects.write("a.csv", "other rows");
    rejects.write("a.csv.errors.ndjson", "why others");
    CHECK(sp::load::RejectedRows(rejects.path(), quarantine.path()).bring("a.csv", true));
    CHECK(quarantine.read("a.csv") == "other rows");
    CHECK(quarantine.read("a.csv.errors.ndjson") == "why others");
    CHECK(quarantine.read("a.csv.~1~") == "rows");
    CHECK(quarantine.read("a.csv.errors.ndjson.~1~") == "why");
    CHECK(quarantine.file_count() == 4);
  }
}

TEST_CASE("what cannot be written is told before anything is loaded") {
  const TemporaryFolder folder, rejects;
  const std::string in = folder / "in", named = folder / "named";
  for (const std::string& path : {in, named}) REQUIRE(::mkdir(path.c_str(), 0755) == 0);
  rejects.write("a.csv.errors.ndjson", "why");
  const auto code = [](auto check) {
    const uid_t user = ::geteuid();
    if (user == 0) REQUIRE(::seteuid(65534) == 0);  // permissions do not bind root
    sp::ExitCode out = sp::ExitCode::kOk;
    try {
      check();
    } catch (const sp::Error& error) {
      out = error.code();
    }
    if (user == 0) REQUIRE(::seteuid(user) == 0);
    return out;
  };
  const sp::load::RejectedRows by_name(rejects.path(), named), beside(rejects.path(), "");
  for (const std::string& path : {folder.path().string(), rejects.path().string()}) {
    REQUIRE(::chmod(path.c_str(), 0755) == 0);  // who is asked must get there
  }
  for (const bool may : {true, false}) {
    for (const std::string& path : {in, named}) {
      REQUIRE(::chmod(path.c_str(), may ? 0777 : 0555) == 0);
    }
    const sp::ExitCode expected = may ? sp::ExitCode::kOk : sp::ExitCode::kConfig;
    CHECK(code([&] { by_name.check(); }) == expected);
    CHECK(code([&] { beside.check(in + "/a.csv"); }) == expected);
    CHECK(code([&] { beside.check(in + "/a.csv.gz"); }) == expected);
    CHECK(code([&] { beside.check(in + "/b.csv"); }) == sp::ExitCode::kOk);  // nothing is rejected
    CHECK(code([&] { beside.check(); }) == sp::ExitCode::kOk);
  }
  CHECK_FALSE(std::filesystem::exists(in + "/quarantine"));
  // One that is there need not be made.
  REQUIRE(::mkdir((in + "/quarantine").c_str(), 0755) == 0);
  REQUIRE(::chmod((in + "/quarantine").c_str(), 0777) == 0);
  CHECK(code([&] { beside.check(in + "/a.csv"); }) == sp::ExitCode::kOk);
}
