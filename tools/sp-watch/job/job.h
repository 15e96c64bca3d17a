// One file that was taken, and what is remembered about it between two tries.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sp-watch/settle.h"
#include "sp/io/descriptor.h"

namespace sp::watch {

// Kept in .sp-watch/state/NAME.json from the first failure on, so that retries survive a restart.
struct JobState {
  unsigned attempts = 0;     // runs that were begun
  unsigned crashes = 0;      // runs that count towards --max-attempts
  std::int64_t next_ms = 0;  // wall clock: not before
  // When it was taken, by the clock of its file system [microseconds since 1970]. The rename into
  // work/ set its ctime, so that a file without a state has it too. With the name it tells the file
  // from all others that were ever taken.
  std::int64_t taken_us = 0;
  std::string last;  // how the last run ended; only written, never read back
};

// The last try as far as it is known; not kept.
struct Try {
  std::int64_t started_ms = 0;  // wall clock; 0: there was none
  std::optional<int> status;    // exit status
  std::string tool;             // that failed, where the command said so
  std::string schema_sha256;    // of the schema by which it was judged, as far as the command said
  std::string_view reason;      // of the next try: see reason_of()
};

struct Job {
  std::string name;  // in work/; see job_name.h
  std::string file;  // as it came into the folder; empty where an earlier process took it
  // Open for reading, with a lock (flock) that shows all watchers that a command is at work on it.
  Descriptor lock;
  FileStamp stamp;  // when it was locked, in work/
  JobState state;
  Try last_try;
};

}  // namespace sp::watch
