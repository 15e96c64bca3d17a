// run_tool() in a process of its own: exit statuses, what is printed where, standard descriptors.
#include "sp/app/run_tool.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <iostream>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "sp/base/version.h"
#include "sp/stream/progress.h"
#include "sp/stream/stream_options.h"
#include "sp/table/formats.h"
#include "temporary_folder.h"

namespace {

struct Outcome {
  int status = -1;  // exit status, or minus the number of the signal
  std::string out, err;
};

using Run = std::function<void(const sp::Log&, const sp::StreamOptions&)>;

// The life of a tool that has the stream flags and does `run`.
int tool_main(std::vector<std::string> args, const Run& run) {
  args.insert(args.begin(), "sp-test");
  std::vector<char*> argv;
  for (std::string& arg : args) argv.push_back(arg.data());
  argv.push_back(nullptr);
  sp::CommonOptions common;
  sp::StreamOptions stream;
  return sp::run_tool(
      static_cast<int>(args.size()), argv.data(), "sp-test", "Does nothing much.", common,
      [&](CLI::App& app) { sp::add_stream_flags(app, stream); },
      [&](const sp::Log& log) { run(log, stream); });
}

// Runs the tool in a child whose standard output and error are files; `prepare` runs there first.
Outcome run_child(
    const std::vector<std::string>& args, const Run& run = [](const auto&, const auto&) {},
    const std::function<void()>& prepare = [] {}) {
  const TemporaryFolder folder;
  std::cout.flush();  // else the child would write it again
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    dup2(::open((folder / "out").c_str(), O_CREAT | O_WRONLY, 0600), STDOUT_FILENO);
    dup2(::open((folder / "err").c_str(), O_CREAT | O_WRONLY, 0600), STDERR_FILENO);
    prepare();
    const int status = tool_main(args, run);
    std::fflush(nullptr);
    _exit(status);
  }
  int state = 0;
  REQUIRE(waitpid(child, &state, 0) == child);
  return {WIFEXITED(state) ? WEXITSTATUS(state) : -WTERMSIG(state), folder.read("out"),
          folder.read("err")};
}

template <typename Thrown>
Outcome run_throwing(const Thrown& thrown, const std::vector<std::string>& args = {}) {
  return run_child(args, [&](const auto&, const auto&) { throw thrown; });
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("--help and --version print on standard output and are a success") {
  const Outcome version = run_child({"--version"});
  CHECK(version.status == 0);
  CHECK(version.out == std::string("sp-test ") + sp::kVersion + "\n");
  CHECK(version.err.empty());
  const Outcome help = run_child({"--help"});
  CHECK(help.status == 0);
  CHECK(help.err.empty());
  for (const char* word : {"Does nothing much.", "--from", "--to", "--delimiter", "--schema",
                           "--report", "--log-format", "--progress", "--no-progress", "--quiet",
                           "--help", "--version", "--max-row-bytes", "FILE"}) {
    CAPTURE(word);
    CHECK(contains(help.out, word));
  }
  const Outcome full =
      run_child({"--help"}, {}, [] { dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO); });
  CHECK(full.status == 74);
}

TEST_CASE("wrong flags are 64, one line, and a hint") {
  const std::vector<std::vector<std::string>> cases = {
      {"--nonsense"},
      {"--from"},
      {"--from", "xml"},
      {"--to", "auto"},
      {"--delimiter", ""},
      {"--delimiter", "ab"},
      {"--delimiter", "\""},
      {"--delimiter", "я"},
      {"--max-row-bytes", "many"},
      {"--log-format", "x"},
      {"-x"},
      {"--quiet=perhaps"},
  };
  for (const auto& args : cases) {
    CAPTURE(args[0]);
    const Outcome outcome = run_child(args);
    CHECK(outcome.status == 64);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.starts_with("sp-test: error: "));
    CHECK(contains(outcome.err, "'sp-test --help'"));
    CHECK(outcome.err.find('\n') == outcome.err.size() - 1);
  }
  const Outcome json = run_child({"--log-format=json", "--nonsense"});
  CHECK(json.status == 64);
  CHECK(contains(json.err, R"(Z","tool":"sp-test","severity":"error","message":")"));
}

TEST_CASE("what is thrown becomes the status and one line") {
  const Outcome config =
      run_throwing(sp::Error(sp::ExitCode::kConfig, "no unit", {"s.json", 0, 0, "t"}));
  CHECK(config.status == 78);
  CHECK(config.err == "sp-test: error: s.json: field t: no unit\n");
  CHECK(run_throwing(sp::Error(sp::ExitCode::kTempFail, "later")).status == 75);
  CHECK(contains(run_throwing(sp::Error(sp::ExitCode::kUsage, "bad")).err, "--help"));
  CHECK(run_throwing(std::bad_alloc()).status == 74);
  CHECK(run_throwing(std::system_error(ENOSPC, std::generic_category())).status == 74);
  const Outcome bug = run_throwing(std::out_of_range("vector"));
  CHECK(bug.status == 70);
  CHECK(contains(bug.err, "this is a bug"));
  const Outcome json =
      run_throwing(sp::Error(sp::ExitCode::kDataErr, "x"), {"--log-format", "json"});
  CHECK(json.err.ends_with(R"(Z","tool":"sp-test","severity":"error","message":"x"})"
                           "\n"));
  CHECK(run_child({}, [](const auto&, const auto&) { throw 7; }).status == 70);
}

TEST_CASE("flags arrive where they belong") {
  const Outcome outcome = run_child(
      {"a.csv", "--from", "tsv", "--to", "ndjson", "--delimiter", ";", "--max-row-bytes", "2KiB",
       "--max-unpacked-bytes=1GB", "--schema", "s.json", "--report", "r.json", "--progress", "-"},
      [](const sp::Log&, const sp::StreamOptions& options) {
        const bool right =
            options.read.from == sp::Format::kTsv && options.to == sp::Format::kNdjson &&
            options.read.delimiter == ';' && options.read.max_row_bytes == 2048 &&
            options.source.max_unpacked_bytes == 1000000000 && options.schema == "s.json" &&
            options.report == "r.json" && options.progress &&
            options.files == std::vector<std::string>{"a.csv", "-"};
        if (!right) throw std::logic_error("a flag went astray");
      });
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  const Outcome tab = run_child({"--delimiter", "\\t"}, [](const auto&, const auto& options) {
    if (options.read.delimiter != '\t') throw std::logic_error("no tab");
  });
  CHECK(tab.status == 0);
}

TEST_CASE("information is for those who are not quiet") {
  const Run say = [](const sp::Log& log, const auto&) { log.info("done"); };
  CHECK(run_child({}, say).err == "sp-test: done\n");
  CHECK(run_child({"--quiet"}, say).err.empty());
}

TEST_CASE("a closed reader ends the tool by SIGPIPE, also where a parent ignored it") {
  const Run write = [](const auto&, const auto&) {
    const auto sink = sp::open_sink("-");
    for (int i = 0; i < 100; ++i) sink->append(std::string(100000, 'x'));
    sink->close();
  };
  const Outcome outcome = run_child({}, write, [] {
    std::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    if (pipe(ends) != 0) _exit(1);
    ::close(ends[0]);
    dup2(ends[1], STDOUT_FILENO);
  });
  CHECK(outcome.status == -SIGPIPE);
  CHECK(outcome.err.empty());
}

TEST_CASE("a closed standard output is an error, not the next file that is opened") {
  const TemporaryFolder folder;
  const std::string name = folder / "other";
  const Outcome outcome = run_child(
      {},
      [&](const auto&, const auto&) {
        const auto other = sp::open_sink(name);
        const auto sink = sp::open_sink("-");
        sink->append("records");
        sink->close();
      },
      [] { ::close(STDOUT_FILENO); });
  CHECK(outcome.status == 74);
  CHECK(contains(outcome.err, "cannot write standard output"));
  CHECK(folder.read("other").empty());
}

TEST_CASE("a closed standard input is an error too") {
  const Outcome outcome = run_child(
      {}, [](const auto&, const auto&) { sp::open_source("-"); }, [] { ::close(STDIN_FILENO); });
  CHECK(outcome.status == 74);
  CHECK(contains(outcome.err, "standard input"));
}

TEST_CASE("the output is as the input unless a flag says otherwise") {
  constexpr auto kAuto = sp::Format::kAuto, kCsv = sp::Format::kCsv, kTsv = sp::Format::kTsv,
                 kNdjson = sp::Format::kNdjson;
  const std::string csv = "a;b,c\n", ndjson = "{\"a\":1}\n";
  const auto written = [](const std::string& input, sp::Format from, char delimiter,
                          sp::Format to) {
    sp::StreamOptions options;
    options.read.from = from;
    options.read.delimiter = delimiter;
    options.to = to;
    const auto reader = sp::open_reader(sp::memory_source(input), options.read);
    return sp::write_options(options, *reader);
  };
  CHECK(written(csv, kCsv, '\0', kAuto).to == kCsv);
  CHECK(written(csv, kCsv, '\0', kAuto).delimiter == ',');
  CHECK(written(csv, kCsv, ';', kAuto).delimiter == ';');
  CHECK(written(csv, kCsv, ';', kCsv).delimiter == ',');
  CHECK(written(csv, kCsv, ';', kTsv).to == kTsv);
  CHECK(written(csv, kCsv, ';', kTsv).delimiter == '\t');
  CHECK(written(csv, kTsv, '\0', kAuto).delimiter == '\t');
  CHECK(written(csv, kTsv, '\0', kCsv).delimiter == ',');
  CHECK(written(csv, kCsv, ';', kNdjson).to == kNdjson);
  CHECK(written(ndjson, kAuto, '\0', kAuto).to == kNdjson);
  CHECK(written(ndjson, kAuto, ';', kCsv).delimiter == ';');
  CHECK(written(ndjson, kAuto, '\0', kCsv).delimiter == ',');
}

TEST_CASE("progress goes to standard error only where it is wanted") {
  const Run work = [](const auto&, const sp::StreamOptions& options) {
    const std::string text = "a\n1\n2\n";
    const auto reader = sp::open_reader(sp::memory_source(text), options.read);
    sp::Progress progress(options.progress, "sp-test");
    sp::Record record;
    std::uint64_t rows = 0;
    while (reader->next(record)) progress.tick(*reader, ++rows);
    progress.finish(*reader, rows);
  };
  CHECK(run_child({}, work).err.empty());
  CHECK(run_child({"--no-progress"}, work).err.empty());
  CHECK(run_child({"--progress"}, work).err.starts_with("sp-test: 6 B of 6 B (100%), 2 rows, "));
}
