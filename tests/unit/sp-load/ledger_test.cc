#include "sp-load/ledger/ledger.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sp-load/ledger/required_reports.h"
#include "sp/base/diagnostic.h"
#include "temporary_folder.h"

namespace load = sp::load;

namespace {

std::string report(const std::string& tool, int in, int out, const std::string& more = "",
                   const std::string& status = "ok") {
  return R"({"tool":")" + tool + R"(","version":"1","status":")" + status + R"(","rows_in":)" +
         std::to_string(in) + R"(,"rows_out":)" + std::to_string(out) + R"(,"rows_rejected":)" +
         std::to_string(in - out) + more + "}\n";
}

template <typename Do>
int exit_code_of(Do act) {
  try {
    act();
  } catch (const sp::Error& error) {
    return static_cast<int>(error.code());
  }
  return 0;
}

}  // namespace

TEST_CASE("a source file is known by its bytes, its base name and its size") {
  const TemporaryFolder folder;
  const std::string path = folder.write("a b.csv", "abc");
  const load::SourceFile file(path);
  CHECK(file.sha256() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(file.base_name() == "a b.csv");
  CHECK(file.size() == 3);
  CHECK_NOTHROW(file.require_unchanged());
}

TEST_CASE("a name that is not UTF-8 can still be written into the ledger") {
  const TemporaryFolder folder;
  CHECK(load::SourceFile(folder.write("x\xff.csv", "")).base_name() == "x\xef\xbf\xbd.csv");
}

TEST_CASE("a file that changes while it is loaded is noticed") {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.csv", "abc");
  const load::SourceFile file(path);
  SUBCASE("it grows") { folder.write("a.csv", "abcd"); }
  SUBCASE("another takes its name") { std::filesystem::rename(folder.write("b.csv", "abc"), path); }
  CHECK(exit_code_of([&] { file.require_unchanged(); }) == 75);
}

TEST_CASE("a source file that is not there or no file is refused") {
  const TemporaryFolder folder;
  CHECK(exit_code_of([&] { load::SourceFile(folder / "nowhere"); }) == 66);
  CHECK(exit_code_of([&] { load::SourceFile(folder / "."); }) == 66);
}

TEST_CASE("reports that agree along the chain tell the ledger what was read") {
  const TemporaryFolder folder;
  const std::vector<std::string> files = {
      folder.write("v.json", report("sp-validate", 10, 8, R"(,"schema_sha256":"abc")")),
      folder.write("t.json", report("sp-transform", 8, 7)),
      folder.write("a.json", report("sp-aggregate", 7, 7, R"(,"results":3,"pass_through":true)"))};
  const load::ReportedRows rows = load::require_agreeing_reports(files, 7);
  CHECK(rows.rows_read == 10);
  CHECK(rows.rows_passed == 8);
  CHECK_FALSE(rows.is_reshaped);
  CHECK(rows.schema_sha256 == "abc");
  CHECK(exit_code_of([&] { load::require_agreeing_reports(files, 6); }) == 75);
  // As many as its results: rows are missing all the same.
  CHECK(exit_code_of([&] { load::require_agreeing_reports(files, 3); }) == 75);
}

TEST_CASE("results that a stage writes in the place of its rows are what the next one reads") {
  const TemporaryFolder folder;
  const std::string melt = folder.write("m.json", report("sp-transform", 8, 7, R"(,"results":21)"));
  const std::vector<std::string> files = {
      melt, folder.write("n.json", report("sp-aggregate", 21, 21, R"(,"results":3)"))};
  // What was read and passed stays what it was.
  const load::ReportedRows rows = load::require_agreeing_reports(files, 3);
  CHECK(rows.rows_read == 8);
  CHECK(rows.rows_passed == 7);
  CHECK(rows.is_reshaped);
  CHECK(exit_code_of([&] { load::require_agreeing_reports(files, 21); }) == 75);
  CHECK(load::require_agreeing_reports({melt}, 21).rows_passed == 7);
  CHECK(exit_code_of([&] { load::require_agreeing_reports({melt}, 7); }) == 75);
}

TEST_CASE("reports that a dead stage left, or none, stop the commit") {
  const TemporaryFolder folder;
  const std::string good = folder.write("v.json", report("sp-validate", 10, 8));
  struct {
    const char* what;
    std::vector<std::string> files;
  } const rows[] = {
      {"missing", {good, folder / "nowhere.json"}},
      {"empty", {good, folder.write("empty.json", "")}},
      {"not JSON", {good, folder.write("bad.json", "{")}},
      {"not a report", {good, folder.write("other.json", "{}")}},
      {"not ok", {good, folder.write("failed.json", report("sp-transform", 8, 8, "", "failed"))}},
      {"another count", {good, folder.write("cut.json", report("sp-transform", 7, 7))}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    CHECK(exit_code_of([&] { load::require_agreeing_reports(row.files, 8); }) == 75);
  }
  CHECK(exit_code_of([&] { load::require_reports({good}); }) == 0);
  CHECK(exit_code_of([&] { load::require_reports({good, folder / "nowhere.json"}); }) == 75);
}
