#include "sp/app/report.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "failure.h"
#include "sp/base/diagnostic.h"
#include "sp/base/version.h"
#include "temporary_folder.h"

TEST_CASE("a report that was written reads back") {
  const TemporaryFolder folder;
  const std::string path = folder / "v.json";
  sp::JsonObject report = sp::start_report("sp-validate", {10, 7, 3});
  report.add("schema_sha256", "abc").add("seconds", 0.5);
  sp::write_report(path, report);
  CHECK(folder.read("v.json") ==
        std::string(R"({"tool":"sp-validate","version":")") + sp::kVersion +
            R"(","status":"ok","rows_in":10,"rows_out":7,"rows_rejected":3,)"
            R"("schema_sha256":"abc","seconds":0.5})"
            "\n");
  CHECK(folder.file_count() == 1);  // the temporary name is gone
  const sp::ReportSummary summary = sp::read_report(path);
  CHECK(summary.tool == "sp-validate");
  CHECK(summary.version == sp::kVersion);
  CHECK(summary.status == "ok");
  CHECK(summary.counts.rows_in == 10);
  CHECK(summary.counts.rows_out == 7);
  CHECK(summary.counts.rows_rejected == 3);
  CHECK(summary.schema_sha256 == "abc");
  sp::write_report(path, sp::start_report("sp-load", {1, 1, 0}));  // replaces it
  CHECK(sp::read_report(path).tool == "sp-load");
  CHECK(sp::read_report(path).schema_sha256.empty());
}

TEST_CASE("a report of several files tells what became of each") {
  TemporaryFolder folder;
  const std::string counts = R"("rows_in":3,"rows_out":2,"rows_rejected":1)";
  const std::string head = R"({"tool":"t","version":"1","status":"ok",)" + counts + R"(,"files":)";
  const std::string path =
      folder.write("r.json", head + R"([{"file":"a\u00e9",)" + counts +
                                 R"(},{"file":"b","status":66,"error":"x",)" + counts + "}]}");
  const sp::ReportSummary report = sp::read_report(path);
  REQUIRE(report.files.size() == 2);
  CHECK(report.files[0].file == "a\xc3\xa9");
  CHECK(report.files[0].status == 0);
  CHECK(report.files[0].rows.rows_out == 2);
  CHECK(report.files[1].status == 66);
  for (const char* files : {"[1]", R"([{"file":"a"}])"}) {
    const std::string bad = folder.write("bad.json", head + files + "}");
    CHECK(failure([&] { sp::read_report(bad); }).starts_with("65 not a run report"));
  }
}

TEST_CASE("counts that do not add up are a bug, not a report") {
  CHECK(failure([] { sp::start_report("sp-validate", {10, 7, 2}); }).starts_with("70 "));
  CHECK(failure([] { sp::start_report("sp-validate", {9, 7, 3}); }).starts_with("70 "));
}

TEST_CASE("without a name there is no report") { sp::write_report("", sp::JsonObject()); }

TEST_CASE("a report that cannot be written is IOERR and leaves nothing") {
  const TemporaryFolder folder;
  const sp::JsonObject report = sp::start_report("sp-validate", {1, 1, 0});
  CHECK(failure([&] { sp::write_report(folder / "none/v.json", report); }).starts_with("74 "));
  CHECK(failure([&] { sp::write_report(folder.path(), report); }).starts_with("74 "));
  CHECK(folder.file_count() == 0);
  CHECK(failure([&] { sp::write_report("/dev/full", report); }) ==
        "74 cannot write /dev/full: No space left on device");
  if (geteuid() != 0) {
    chmod(folder.path().c_str(), 0500);
    CHECK(failure([&] { sp::write_report(folder / "v.json", report); }).starts_with("74 "));
    chmod(folder.path().c_str(), 0700);
  }
}

TEST_CASE("a special file is written to, not replaced") {
  sp::write_report("/dev/null", sp::start_report("sp-validate", {1, 1, 0}));
  struct stat info {};
  REQUIRE(stat("/dev/null", &info) == 0);
  CHECK(S_ISCHR(info.st_mode));
}

TEST_CASE("reports that are missing or are none") {
  const TemporaryFolder folder;
  CHECK(failure([&] { sp::read_report(folder / "missing.json"); }).starts_with("75 there is no"));
  CHECK(failure([&] { sp::read_report(folder.path()); }).starts_with("66 "));
  const char* const texts[] = {
      "",
      "x",
      "[]",
      "{}",
      "{\"tool\":\"sp-validate\"",
      R"({"tool":"t","version":"1","status":"ok","rows_in":1,"rows_out":1})",
      R"({"tool":"t","version":"1","status":"ok","rows_in":-1,"rows_out":1,"rows_rejected":0})",
      R"({"tool":"t","version":"1","status":"ok","rows_in":"1","rows_out":1,"rows_rejected":0})",
      R"({"tool":1,"version":"1","status":"ok","rows_in":1,"rows_out":1,"rows_rejected":0})",
      R"({"tool":"t","version":"1","status":"ok","rows_in":1,"rows_out":1,"rows_rejected":0,"schema_sha256":1})",
  };
  for (const char* text : texts) {
    CAPTURE(text);
    const std::string path = folder.write("r.json", text);
    CHECK(failure([&] { sp::read_report(path); }).starts_with("65 not a run report"));
  }
  const std::string path = folder.write("r.json", std::string(17 << 20, ' '));
  CHECK(failure([&] { sp::read_report(path); }).find("larger") != std::string::npos);
}

TEST_CASE("an earlier report goes, and nothing but a regular file") {
  const TemporaryFolder folder;
  const std::string path = folder / "v.json";
  sp::discard_report("");
  sp::discard_report(path);
  sp::write_report(path, sp::start_report("sp-validate", {1, 1, 0}));
  REQUIRE(symlink("v.json", (folder / "link").c_str()) == 0);
  sp::discard_report(folder / "link");
  CHECK(failure([&] { sp::read_report(path); }).starts_with("75 "));
  CHECK(failure([&] { sp::read_report(folder / "link"); }).starts_with("75 "));
  REQUIRE(mkfifo((folder / "fifo").c_str(), 0600) == 0);
  sp::discard_report(folder / "fifo");
  sp::discard_report(folder.path());
  sp::discard_report("/dev/null");
  CHECK(folder.file_count() == 2);  // the link and the FIFO
}

TEST_CASE("a link or FIFO that another user put there is neither followed nor opened") {
  if (geteuid() != 0) {
    MESSAGE("only root can play another user");
    return;
  }
  constexpr uid_t kStranger = 65534;
  const TemporaryFolder folder;
  const std::string precious = folder.write("precious", "keep");
  const std::string path = folder / "v.json";
  const auto plant_link = [&] {
    REQUIRE(symlink("precious", path.c_str()) == 0);
    REQUIRE(lchown(path.c_str(), kStranger, kStranger) == 0);
  };
  const auto plant_fifo = [&] {
    REQUIRE(mkfifo(path.c_str(), 0666) == 0);
    REQUIRE(chown(path.c_str(), kStranger, kStranger) == 0);
  };
  const auto kind = [&] {
    struct stat info {};
    return lstat(path.c_str(), &info) == 0 ? info.st_mode & S_IFMT : 0;
  };
  for (const bool is_link : {true, false}) {
    CAPTURE(is_link);
    is_link ? plant_link() : plant_fifo();
    sp::discard_report(path);
    CHECK(kind() == 0);
    is_link ? plant_link() : plant_fifo();
    sp::write_report(path, sp::start_report("sp-validate", {1, 1, 0}));
    CHECK(kind() == S_IFREG);
    CHECK(unlink(path.c_str()) == 0);
  }
  CHECK(folder.read("precious") == "keep");
}
