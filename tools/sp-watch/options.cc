#include "sp-watch/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "sp-watch/duration.h"
#include "sp-watch/run/halving.h"
#include "sp-watch/run/process.h"
#include "sp/app/examples.h"
#include "sp/app/size_flag.h"
#include "sp/time/time_span.h"

namespace sp::watch {
namespace {

constexpr unsigned kMaxJobs = 256;
constexpr unsigned kBatch = 200;  // unless said: a start and a commit are spread over so many files

// CLI11 does not know of the command after `--`.
class Help : public CLI::Formatter {
 public:
  Help() { column_width(34); }
  std::string make_usage(const CLI::App*, std::string name) const override {
    return "Usage: " + name + " [OPTION]... DIR -- COMMAND [ARG]...\n       " + name +
           " --status DIR\n       " + name + " --retry NAME... DIR\n\n";
  }
};

void add_duration(CLI::App& app, const char* flag, Millis& field, Millis least, const char* help) {
  const auto store = [&field](const std::string& text) { field = *parse_duration_flag(text); };
  const auto check = [least](const std::string& text) -> std::string {
    const auto duration = parse_duration_flag(text);
    if (!duration) return not_a_time(text);
    return *duration < least ? "the shortest is " + format_duration(least) : "";
  };
  app.add_option_function<std::string>(flag, store, help)
      ->check(check)
      ->type_name("TIME")
      ->take_last();
}

StatusFormat format_named(const std::string& name) {
  if (name == "json") return StatusFormat::kJson;
  return name == "prometheus" ? StatusFormat::kPrometheus : StatusFormat::kText;
}

void add_folder(CLI::App& app, const char* flag, std::string& field, const char* help) {
  app.add_option(flag, field, help)->type_name("FOLDER")->take_last();
}

void add_keep(CLI::App& app, std::optional<Keep>& field, const std::string& folder) {
  const auto store = [&field](const std::string& text) { field = parse_keep(text); };
  const auto check = [](const std::string& text) -> std::string {
    if (parse_keep(text)) return "";
    return "'" + text +
           "' is neither an age, such as 30d, nor a number of files, such as 1000files";
  };
  app.add_option_function<std::string>(
         "--keep-" + folder, store,
         "Remove files from " + folder + "/ that are older, or all but so many (default: none)")
      ->check(check)
      ->type_name("AGE|Nfiles")
      ->take_last();
}

bool holds(const std::string& arg, std::string_view place) {
  return arg.find(place) != std::string::npos;
}

// Where the command's arguments name files.
void check_places(const Options& options) {
  const auto& command = options.command;
  const bool has_several = takes_several(command);
  if (options.batch && !has_several) {
    throw Error(ExitCode::kUsage,
                "--batch is of {+}, which becomes all files of a run, as in: sp-watch --batch 100 "
                "DIR -- sp-pipeline {+}");
  }
  const auto is_wrong = [&](const std::string& arg) {
    return (arg != kSeveralFiles && holds(arg, kSeveralFiles)) ||
           (has_several && holds(arg, kOneFile));
  };
  if (command[0] == kSeveralFiles || std::any_of(command.begin(), command.end(), is_wrong)) {
    throw Error(ExitCode::kUsage,
                "the argument {+} becomes several: it is not the command, nor a part of another "
                "argument, nor together with {}");
  }
}

}  // namespace

unsigned most_files(const Options& options) {
  return takes_several(options.command) ? options.batch.value_or(kBatch) : 1;
}

void add_flags(CLI::App& app, Options& options) {
  app.formatter(std::make_shared<Help>());
  add_examples(
      app, {"sp-watch /srv/sensors -- sp-pipeline {+}",
            "sp-watch --once --match '*.csv' --match '*.csv.gz' /srv/sensors -- sp-pipeline -q {+}",
            "sp-watch --status /srv/sensors"});
  app.add_option("DIR", options.folders.dir, "The folder in which files land")->required();
  const Millis none{0};
  const Millis least{10};
  add_duration(app, "--interval", options.interval, least, "Time between two rescans (default 5s)");
  add_duration(app, "--settle", options.settle, none,
               "A file written in place is taken when it has not changed for so long (default 2s)");
  app.add_option("--match", options.match, "Take only files that match; may be repeated")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  app.add_flag("--ignore-case", options.ignore_case,
               "Of --match: large and small letters are the same");
  add_size_flag(app, "--max-file-bytes", options.max_file_bytes,
                "Send larger files to quarantine/, without a command (default: no limit)")
      ->take_last();
  app.add_flag("--once", options.once, "Work on what is there, each file once, and exit");
  app.add_option("--jobs", options.jobs, "Commands that run side by side (default 1)")
      ->check(CLI::Range(1u, kMaxJobs))
      ->type_name("N")
      ->take_last();
  app.add_option("--batch", options.batch,
                 "Most of the waiting files that one {+} becomes (default 200)")
      ->check(CLI::Range(1u, kMaxBatch))
      ->type_name("N")
      ->take_last();
  app.add_option("--max-attempts", options.retry.max_crashes,
                 "Crashes of the command on one file before it goes to failed/ (default 5)")
      ->check(CLI::Range(1u, 1000000u))
      ->type_name("N")
      ->take_last();
  add_duration(app, "--timeout", options.timeout, none,
               "Kill a command that runs longer (default: none)");
  add_duration(app, "--retry-first", options.retry.first, least,
               "Delay before the second try; it doubles from then on (default 1s)");
  add_duration(app, "--retry-max", options.retry.longest, least, "Longest delay (default 1m)");
  add_duration(app, "--config-retry", options.retry.config, least,
               "Shortest delay after a status that asks the operator (64, 78; default 30s)");
  add_folder(app, "--work", options.folders.work, "Where files are worked on (default DIR/work)");
  add_folder(app, "--done", options.folders.done, "Where done files go (default DIR/done)");
  add_folder(app, "--quarantine", options.folders.quarantine,
             "Where wrong files go (default DIR/quarantine)");
  add_folder(app, "--failed", options.folders.failed,
             "Where files go on which the command crashes (default DIR/failed)");
  for (const Place place : kPlaces) {
    add_keep(app, options.keep[static_cast<std::size_t>(place)], place_name(place));
  }
  app.add_flag("--group-writable", options.folders.group_writable,
               "The groups of these folders may write to them: watchers of several users");
  app.add_option("--journal", options.journal,
                 "Log of every step, NDJSON (default DIR/.sp-watch/journal.ndjson)")
      ->type_name("FILE")
      ->take_last();
  app.add_flag("--status", options.status, "Print what is where, and exit");
  app.add_option("--retry", options.again,
                 "Bring files back from quarantine/ or failed/, to be tried again, and exit")
      ->type_name("NAME");
  app.add_option_function<std::string>(
         "--format", [&options](const std::string& name) { options.format = format_named(name); },
         "Of --status: text (default), json, or prometheus, for its text format")
      ->check(CLI::IsMember({"text", "json", "prometheus"}))
      ->type_name("FORMAT");
  app.add_option("--metrics", options.metrics,
                 "Write them for Prometheus at each rescan, for node_exporter's textfile collector")
      ->type_name("FILE")
      ->take_last();
}

int split_command(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) != "--") continue;
    options.command.assign(argv + i + 1, argv + argc);
    return i;
  }
  return argc;
}

std::string journal_path(const Options& options, const std::string& own) {
  return options.journal.empty() ? own + "/journal.ndjson" : options.journal;
}

void check(const Options& options) {
  const bool is_asked = options.status || !options.again.empty();  // and not watched
  if (options.status && !options.again.empty()) {
    throw Error(ExitCode::kUsage, "--status and --retry are two things; one at a time");
  }
  if (!options.status && options.format != StatusFormat::kText) {
    throw Error(ExitCode::kUsage, "--format is of --status");
  }
  if (is_asked && !options.metrics.empty()) {
    throw Error(ExitCode::kUsage,
                "--metrics is of a sp-watch that runs; here it is --status --format prometheus");
  }
  if (options.ignore_case && options.match.empty()) {
    throw Error(ExitCode::kUsage, "--ignore-case is of --match");
  }
  if (!is_asked && (options.command.empty() || options.command[0].empty())) {
    throw Error(ExitCode::kUsage,
                "there is no COMMAND; put it after --, as in: sp-watch DIR -- "
                "sp-pipeline {+}");
  }
  if (!is_asked) check_places(options);
}

}  // namespace sp::watch
