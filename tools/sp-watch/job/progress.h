// What has become of the files of a folder so far, for people and monitors: counts that only grow,
// and since when nothing succeeds. Kept in .sp-watch/progress.json, for all watchers of the folder
// together and beyond a restart; what a kill leaves unwritten is missing from it.
//
// Times are milliseconds since 1970 by the wall clock; 0: never.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "sp-watch/job/place.h"

namespace sp::watch {

struct Progress {
  using Counts = std::map<std::string, std::uint64_t, std::less<>>;
  static constexpr std::string_view kRowResults[] = {"loaded", "known", "rejected"};
  Counts finished;  // files, by place_name()
  Counts rows;      // of files that are done, as far as the command says so, by kRowResults
  Counts retries;   // tries that failed and will be repeated, by reason_of()
  std::int64_t last_done_ms = 0;
  std::int64_t last_success_ms = 0;   // the command judged a file: it is done, or refused
  std::int64_t failing_since_ms = 0;  // the first try that failed since then
  std::uint64_t failing_tries = 0;    // since then
  std::string failing_why;            // the last one

  bool operator==(const Progress&) const = default;
  bool is_empty() const { return *this == Progress{}; }

  void finish(Place place, const std::string& why, std::int64_t now_ms);
  void count_rows(const Counts& of_a_file);
  // `reason` as in reason_of(); a file that was only written to says nothing about the command.
  void retry(std::string_view reason, const std::string& why, std::int64_t now_ms);
  // What another watcher saw, or this one later.
  void add(const Progress& other);
  // "nothing done since 2025-01-31T21:15:00.000Z, tried 12 times: WHY"; empty while tries succeed.
  std::string failing() const;

 private:
  void fail(const std::string& why, std::int64_t now_ms);
};

// From and to the directory `dir`. What is missing or damaged counts as nothing.
Progress load_progress(int dir);
// Throws Error(kIoErr).
void save_progress(int dir, const Progress& progress);

}  // namespace sp::watch
