// --status as text and as JSON; for Prometheus see metrics.h.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "sp-watch/disk/watchers.h"
#include "sp-watch/duration.h"
#include "sp-watch/say/metrics.h"
#include "sp-watch/say/status.h"
#include "sp/base/diagnostic.h"
#include "sp/base/json_text.h"

namespace sp::watch {
namespace {

constexpr std::size_t kMaxShown = 20;  // jobs in the table

std::string describe(const JobLine& job) {
  if (job.is_running) return fmt::format("running, attempt {}", std::max(job.state.attempts, 1u));
  if (job.state.attempts == 0) return "not tried yet";
  const Millis left(job.state.next_ms - wall_ms());
  return fmt::format("attempt {}: {}; next try {}", job.state.attempts, visible(job.state.last),
                     left.count() <= 0 ? "now" : "in " + format_duration(left));
}

std::string as_text(const Status& status) {
  const auto row = [](const char* place, std::uint64_t files, std::string_view meaning) {
    return fmt::format("{:<11}{:>9}  {}\n", place, files, meaning);
  };
  std::string out = status.is_watched ? fmt::format("{:<11}{:>9}\n", "watched",
                                                    *status.is_watched ? "yes" : "by nobody")
                                      : fmt::format("{:<11}{:>9}  {}\n", "watched", "unknown",
                                                    "only who may write to the folder may ask");
  out += row("waiting", status.waiting, "in the folder, not taken yet");
  out += row("running", status.running, "a command is at work on it");
  out += row("retrying", status.retrying, "in work/ until its turn or the next try");
  const std::int64_t last = status.progress.last_done_ms;
  out += row("done", status.done, last == 0 ? "" : "the last one at " + rfc3339(last));
  out += row("quarantine", status.quarantine, "refused as they are");
  out += row("rejects", status.rejects, "files of rejected rows of others, in quarantine/ too");
  out += row("failed", status.failed, "");
  if (const std::string failing = status.progress.failing(); !failing.empty()) {
    out += "\n" + failing + "\n";
  }
  const std::size_t shown = std::min(status.jobs.size(), kMaxShown);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i == 0) out += "\n";
    out += status.jobs[i].name + ": " + describe(status.jobs[i]) + "\n";
  }
  if (shown < status.jobs.size()) {
    out += fmt::format("... and {} more\n", status.jobs.size() - shown);
  }
  return out;
}

// 0: never.
void add_time(JsonObject& out, const char* name, std::int64_t ms) {
  ms == 0 ? out.add(name, nullptr) : out.add(name, rfc3339(ms));
}

JsonObject json_of(const Progress::Counts& counts) {
  JsonObject out;
  for (const auto& [name, count] : counts) out.add(name, count);
  return out;
}

std::string as_json(const Status& status) {
  JsonArray jobs;
  for (const JobLine& job : status.jobs) {
    JsonObject line;
    line.add("job", job.name).add("running", job.is_running);
    line.add("attempts", std::uint64_t{job.state.attempts}).add("last", job.state.last);
    if (job.state.next_ms != 0) line.add("next", rfc3339(job.state.next_ms));
    jobs.add(line);
  }
  JsonObject out;
  out.add("dir", status.dir);
  if (status.is_watched) {
    out.add("watched", *status.is_watched);
  } else {
    out.add("watched", nullptr);
  }
  out.add("waiting", status.waiting).add("running", status.running);
  out.add("retrying", status.retrying).add("done", status.done);
  out.add("quarantine", status.quarantine).add("rejects", status.rejects);
  out.add("failed", status.failed);
  add_time(out, "oldest", status.oldest_ms);
  const Progress& progress = status.progress;
  add_time(out, "last_done", progress.last_done_ms);
  add_time(out, "failing_since", progress.failing_since_ms);
  out.add("failing_tries", progress.failing_tries).add("failing_why", progress.failing_why);
  out.add("finished", json_of(progress.finished)).add("retries", json_of(progress.retries));
  return out.add("jobs", jobs).str() + "\n";
}

std::string text_of(const Status& status, StatusFormat format) {
  switch (format) {
    case StatusFormat::kJson:
      return as_json(status);
    case StatusFormat::kPrometheus:
      return as_metrics(status);
    case StatusFormat::kText:
      break;
  }
  return as_text(status);
}

}  // namespace

void print_status(const Options& options) {
  const Folders folders = look_at_folders(options.folders);
  Status status = look_at(folders, options);
  status.is_watched = is_watched(folders);
  const std::string text = text_of(status, options.format);
  const bool failed = std::fwrite(text.data(), 1, text.size(), stdout) != text.size();
  if (std::fflush(stdout) != 0 || failed) throw_errno("write", "standard output");
}

}  // namespace sp::watch
