// What is where, for --status and --metrics. Only looks; a watcher at work is not disturbed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sp-watch/disk/folders.h"
#include "sp-watch/job/job.h"
#include "sp-watch/job/progress.h"
#include "sp-watch/options.h"

namespace sp::watch {

struct JobLine {
  std::string name;
  bool is_running = false;
  JobState state;
};

struct Status {
  std::string dir;
  std::int64_t time_ms = 0;  // wall clock, when it was looked at
  std::optional<bool> is_watched;
  // Files, by where they are.
  std::uint64_t waiting = 0, running = 0, retrying = 0, done = 0, quarantine = 0, failed = 0;
  std::uint64_t rejects = 0;  // rejected rows in quarantine/, of files that lie elsewhere
  // When the one of the first three came that came first [wall clock, ms]; 0: there is none.
  std::int64_t oldest_ms = 0;
  std::vector<JobLine> jobs;
  Progress progress;
};

// `folders` as look_at_folders() gives them. All but is_watched, which a watcher must not ask.
// Throws Error(kIoErr).
Status look_at(const Folders& folders, const Options& options);

// In the form of --format, on standard output. Throws Error(kNoInput, kIoErr).
void print_status(const Options& options);

}  // namespace sp::watch
