// The flags of sp-watch: each field beside its flag.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sp-watch/clock.h"
#include "sp-watch/disk/folders.h"
#include "sp-watch/job/place.h"
#include "sp-watch/keep.h"
#include "sp-watch/run/schedule.h"
#include "sp/app/run_tool.h"

namespace CLI {
class App;
}

namespace sp::watch {

enum class StatusFormat { kText, kJson, kPrometheus };

struct Options {
  CommonOptions common;
  FolderOptions folders;             // DIR --work --done --quarantine --failed --group-writable
  std::vector<std::string> command;  // after --
  std::vector<std::string> match;    // --match
  bool ignore_case = false;          // --ignore-case
  Millis interval{5000};             // --interval
  Millis settle{2000};               // --settle
  Millis timeout{0};                 // --timeout; 0: none
  RetryPolicy retry;                 // --max-attempts --retry-first --retry-max --config-retry
  unsigned jobs = 1;                 // --jobs
  std::optional<unsigned> batch;     // --batch
  std::uint64_t max_file_bytes = 0;  // --max-file-bytes; 0: none
  bool once = false;                 // --once
  // --keep-done --keep-quarantine --keep-failed, by Place; nothing: all is kept
  std::array<std::optional<Keep>, std::size(kPlaces)> keep;
  std::vector<std::string> again;             // --retry
  bool status = false;                        // --status
  StatusFormat format = StatusFormat::kText;  // --format
  std::string metrics;                        // --metrics; empty: none are written
  std::string journal;                        // --journal; empty: DIR/.sp-watch/journal.ndjson
};

// Most files that a command gets: one or, where {+} is among its arguments, as many as --batch
// says.
unsigned most_files(const Options& options);

void add_flags(CLI::App& app, Options& options);

// Splits argv at the first `--`: what follows is the command, untouched by the parser of flags.
// Returns the number of arguments before it.
int split_command(int argc, char** argv, Options& options);

// The journal's path. `own` is DIR/.sp-watch.
std::string journal_path(const Options& options, const std::string& own);

// Throws Error(kUsage) where the command is missing, or flags do not fit each other.
void check(const Options& options);

}  // namespace sp::watch
