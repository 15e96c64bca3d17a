#include "sp/base/diagnostic.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace {

// What `say` writes through a log.
template <typename Say>
std::string logged(sp::LogFormat format, bool quiet, Say say) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  say(sp::Log("sp-test", format, quiet, out));
  std::fclose(out);
  std::string result(text, size);
  std::free(text);
  return result;
}

std::string text_of(std::string_view message, const sp::Location& where = {}) {
  return logged(sp::LogFormat::kText, false,
                [&](const sp::Log& log) { log.error(message, where); });
}

// Without the time, which stands first in each object.
std::string timeless(std::string lines) {
  constexpr std::size_t kTime = std::string_view(R"("time":"2025-01-31T10:15:00.123Z",)").size();
  for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1) {
    CHECK(lines.substr(at).starts_with(R"({"time":"20)"));
    lines.erase(at + 1, kTime);
  }
  return lines;
}

std::string json_of(std::string_view message, const sp::Location& where = {}) {
  return timeless(
      logged(sp::LogFormat::kJson, false, [&](const sp::Log& log) { log.error(message, where); }));
}

}  // namespace

TEST_CASE("diagnostics name as much of the place as is known") {
  CHECK(text_of("no") == "sp-test: error: no\n");
  CHECK(text_of("no", {"x.csv", 7, 8, "ts"}) ==
        "sp-test: error: x.csv: row 7 (line 8), field ts: no\n");
  CHECK(text_of("no", {"x.csv", 0, 1, ""}) == "sp-test: error: x.csv: line 1: no\n");
  CHECK(text_of("no", {"-", 3, 0, ""}) == "sp-test: error: standard input: row 3: no\n");
  CHECK(text_of("no", {"x.csv", 0, 0, "ts"}) == "sp-test: error: x.csv: field ts: no\n");
  CHECK(json_of("no") == R"({"tool":"sp-test","severity":"error","message":"no"})"
                         "\n");
  CHECK(
      json_of("no", {"-", 7, 8, "ts"}) ==
      R"({"tool":"sp-test","severity":"error","message":"no","file":"-","row":7,"line":8,"field":"ts"})"
      "\n");
}

TEST_CASE("what another program said takes the form of the log") {
  const auto passed_on = [](sp::LogFormat format) {
    return logged(format, true, [](const sp::Log& log) {
      log.pass_on("sp-load: warning: no server\nsp-load: error: x: \"y\"\n", "run");
      log.pass_on("half a line", "run");
      log.pass_on("\nTraceback (most recent call last): z\n", "run");
    });
  };
  CHECK(passed_on(sp::LogFormat::kText) ==
        "sp-load: warning: no server\nsp-load: error: x: \"y\"\nhalf a line\n"
        "Traceback (most recent call last): z\n");
  CHECK(timeless(passed_on(sp::LogFormat::kJson)) ==
        R"({"tool":"sp-load","severity":"warning","message":"no server"}
{"tool":"sp-load","severity":"error","message":"x: \"y\""}
{"tool":"run","severity":"info","message":"half a line"}
{"tool":"run","severity":"info","message":"Traceback (most recent call last): z"}
)");
}

TEST_CASE("systemd's journal is told priorities") {
  std::FILE* const file = std::tmpfile();
  struct stat st {};
  REQUIRE(::fstat(::fileno(file), &st) == 0);
  for (const bool is_journal : {true, false}) {
    const std::string stream = std::to_string(st.st_dev) + ":" + std::to_string(st.st_ino);
    ::setenv("JOURNAL_STREAM", (stream + (is_journal ? "" : "1")).c_str(), 1);
    const sp::Log log("sp-test", sp::LogFormat::kText, false, file);
    ::unsetenv("JOURNAL_STREAM");
    std::rewind(file);
    log.info("i");
    log.warning("w");
    log.pass_on("sp-load: error: e\nother\n", "run");
    std::string text(static_cast<std::size_t>(std::ftell(file)), 0);
    std::rewind(file);
    REQUIRE(std::fread(text.data(), 1, text.size(), file) == text.size());
    CHECK(text == (is_journal
                       ? "<6>sp-test: i\n<4>sp-test: warning: w\n<3>sp-load: error: e\n<6>other\n"
                       : "sp-test: i\nsp-test: warning: w\nsp-load: error: e\nother\n"));
  }
  std::fclose(file);
}

TEST_CASE("severities; quiet hides information only") {
  for (const bool quiet : {false, true}) {
    const std::string text = logged(sp::LogFormat::kText, quiet, [](const sp::Log& log) {
      log.info("i");
      log.warning("w");
      log.error("e");
    });
    const std::string loud = "sp-test: warning: w\nsp-test: error: e\n";
    CHECK(text == (quiet ? loud : "sp-test: i\n" + loud));
  }
}

TEST_CASE("hostile names and values cannot move the cursor or forge a line") {
  using namespace std::string_view_literals;
  CHECK(text_of("a\nsp-load: loaded\r\x1b[2J\x7f\0z"sv) ==
        "sp-test: error: a\\nsp-load: loaded\\r\\x1b[2J\\x7f\\x00z\n");
  CHECK(text_of("x", {"evil\n\t.csv", 0, 0, "c\x1b"}) ==
        "sp-test: error: evil\\n\\t.csv: field c\\x1b: x\n");
  CHECK(text_of("\xc2\x9b"
                "31m \xe2\x80\xae"
                "abc \xff") == "sp-test: error: \\u009b31m \\u202eabc \\xff\n");
  CHECK(text_of("Младост 😀") == "sp-test: error: Младост 😀\n");
  CHECK(json_of("a\n\x1b\xff") ==
        "{\"tool\":\"sp-test\",\"severity\":\"error\","
        "\"message\":\"a\\n\\u001b\xef\xbf\xbd\"}\n");
}

TEST_CASE("a NUL does not end an error's message") {
  const sp::Error error(sp::ExitCode::kConfig, std::string("'a\0b\0\0' is no unit", 18));
  CHECK(std::string(error.what()) == R"('a\x00b\x00\x00' is no unit)");
  CHECK(std::string(sp::Error(sp::ExitCode::kConfig, "plain").what()) == "plain");
}

TEST_CASE("a long value does not fill the log") {
  const std::string huge(1 << 20, 'x');
  CHECK(text_of(huge).size() < 4096);
  CHECK(json_of(huge).size() < 4096);
  std::string two_bytes;
  while (two_bytes.size() < 10000) two_bytes += "я";
  CHECK(json_of("a" + two_bytes).find("\xef\xbf\xbd") == std::string::npos);
}

TEST_CASE("system errors say what was tried and why it failed") {
  errno = ENOSPC;
  try {
    sp::throw_errno("write", "out.csv");
  } catch (const sp::Error& error) {
    CHECK(error.what() == std::string("cannot write out.csv: No space left on device"));
    CHECK(error.code() == sp::ExitCode::kIoErr);
  }
}
