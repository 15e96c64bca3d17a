#include "sp/stream/output_files.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>

#include "sp/base/diagnostic.h"
#include "temporary_folder.h"

namespace {

std::string refusal(const std::string& output, const std::string& report,
                    const std::vector<std::string>& inputs) {
  const sp::OutputFile outputs[] = {{"--output", output}, {"--report", report}};
  try {
    sp::check_output_files(outputs, inputs);
  } catch (const sp::Error& error) {
    return std::to_string(static_cast<int>(error.code())) + " " + error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("outputs and inputs that are different files are let through") {
  const TemporaryFolder folder;
  const std::string in = folder.write("in.csv", "a\n1\n");
  CHECK(refusal("-", "", {in, "-"}) == "");
  CHECK(refusal(folder / "out", folder / "report", {in}) == "");
  CHECK(refusal("/dev/null", "/dev/null", {"/dev/null"}) == "");
}

TEST_CASE("an output that is an input is refused, whatever its name") {
  const TemporaryFolder folder;
  const std::string in = folder.write("in.csv", "a\n1\n");
  REQUIRE(symlink("in.csv", (folder / "link").c_str()) == 0);
  REQUIRE(link(in.c_str(), (folder / "other").c_str()) == 0);
  for (const char* name : {"in.csv", "./in.csv", "link", "other"}) {
    CAPTURE(name);
    CHECK(refusal(folder / name, "", {"-", in}) == "64 --output would write over the input " + in);
    CHECK(refusal("-", folder / name, {in}) == "64 --report would write over the input " + in);
  }
}

TEST_CASE("two outputs that are one file are refused, also where it is not there yet") {
  const TemporaryFolder folder;
  CHECK(refusal(folder / "r", folder / "r", {}) == "64 --output and --report name the same file");
  CHECK(refusal(folder / "r", folder / "./r", {}) == "64 --output and --report name the same file");
}
