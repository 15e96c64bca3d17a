// One file that was taken, and what is remembered about it between two tries.
#pragma once

#include <cstdint>
#include <string>

#include "sp-watch/settle.h"
#include "sp/io/descriptor.h"

namespace sp::watch {

// Kept in .sp-watch/state/NAME.json from the first failure on, so that retries survive a restart.
struct JobState {
  unsigned attempts = 0;     // runs that were begun
  unsigned crashes = 0;      // runs that count towards --max-attempts
  std::int64_t next_ms = 0;  // wall clock: not before
  std::string last;          // how the last run ended; only written, never read back
};

struct Job {
  std::string name;  // in work/; see job_name.h
  std::string file;  // as it came into the folder; empty where an earlier process took it
  // Open for reading, with a lock (flock) that shows all watchers that a command is at work on it.
  Descriptor lock;
  FileStamp stamp;  // when it was locked, in work/
  JobState state;
};

}  // namespace sp::watch
