#include "sp-watch/say/status.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sp-watch/disk/watchers.h"
#include "sp-watch/duration.h"
#include "sp-watch/job/job_name.h"
#include "sp-watch/job/job_state.h"
#include "sp-watch/name_filter.h"
#include "sp/base/json_text.h"
#include "sp/io/durable.h"

namespace sp::watch {
namespace {

constexpr std::size_t kMaxShown = 20;  // jobs in the table

struct JobLine {
  std::string name;
  bool is_running = false;
  JobState state;
};

struct Status {
  std::string dir;
  std::optional<bool> is_watched;
  std::uint64_t waiting = 0, running = 0, retrying = 0, done = 0, quarantine = 0, failed = 0;
  std::uint64_t rejects = 0;  // rejected rows in quarantine/, of files that lie elsewhere
  std::vector<JobLine> jobs;
};

// A shared lock is refused exactly while a command holds its exclusive one; it is given back at
// once.
bool is_locked(const Folder& work, const std::string& name) {
  const Descriptor fd(::openat(work.fd.get(), name.c_str(),
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd) return false;
  if (::flock(fd.get(), LOCK_SH | LOCK_NB) != 0) return true;
  ::flock(fd.get(), LOCK_UN);
  return false;
}

std::uint64_t count(const Folder& folder) {
  std::uint64_t out = 0;
  if (!folder.fd) return out;
  list_folder(folder, [&](const DirEntry& entry) {
    const std::string_view name = entry.name;
    const bool is_beside = name.ends_with(kReasonEnding) || name.ends_with(kErrorsEnding);
    if (!is_beside && !name.starts_with('.')) ++out;
  });
  return out;
}

// Rejected rows have the name of their file, which was not refused, and their reasons beside them.
std::uint64_t count_rejects(const Folder& quarantine) {
  std::uint64_t out = 0;
  if (!quarantine.fd) return out;
  list_folder(quarantine, [&](const DirEntry& entry) {
    std::string name = entry.name;
    if (name.starts_with('.') || !name.ends_with(kErrorsEnding)) return;
    name.resize(name.size() - kErrorsEnding.size());
    if (exists(quarantine.fd.get(), name)) ++out;
  });
  return out;
}

std::uint64_t count_waiting(const Folder& dir, const NameFilter& filter) {
  std::uint64_t out = 0;
  list_folder(dir, [&](const DirEntry& entry) {
    if (!filter.accepts(entry.name)) return;
    struct stat st;
    if (entry.type == DT_REG ||
        (entry.type == DT_UNKNOWN &&
         ::fstatat(dir.fd.get(), entry.name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISREG(st.st_mode))) {
      ++out;
    }
  });
  return out;
}

JobState read_state(const Folders& folders, const std::string& name) {
  if (!folders.state.fd) return {};
  return load_job_state(folders.state.fd.get(), name).value_or(JobState{});
}

Status collect(const Options& options) {
  const Folders folders = look_at_folders(options.folders);
  Status out;
  out.dir = folders.dir.path;
  out.is_watched = is_watched(folders);
  out.waiting = count_waiting(folders.dir, NameFilter(options.match));
  out.done = count(folders.done);
  out.rejects = count_rejects(folders.quarantine);
  const std::uint64_t held = count(folders.quarantine);
  out.quarantine = held - std::min(held, out.rejects);  // the folder may change in between
  out.failed = count(folders.failed);
  if (!folders.work.fd) return out;
  list_folder(folders.work, [&](const DirEntry& entry) {
    if (entry.name[0] != '.') out.jobs.push_back({entry.name, false, {}});
  });
  for (JobLine& job : out.jobs) {
    job.is_running = is_locked(folders.work, job.name);
    ++(job.is_running ? out.running : out.retrying);
    job.state = read_state(folders, job.name);
  }
  std::sort(out.jobs.begin(), out.jobs.end(), [](const JobLine& a, const JobLine& b) {
    if (a.is_running != b.is_running) return a.is_running;
    return a.state.next_ms != b.state.next_ms ? a.state.next_ms < b.state.next_ms : a.name < b.name;
  });
  return out;
}

std::string describe(const JobLine& job) {
  if (job.is_running) return fmt::format("running, attempt {}", std::max(job.state.attempts, 1u));
  if (job.state.attempts == 0) return "not tried yet";
  const Millis left(job.state.next_ms - wall_ms());
  return fmt::format("attempt {}: {}; next try {}", job.state.attempts, visible(job.state.last),
                     left.count() <= 0 ? "now" : "in " + format_duration(left));
}

std::string as_text(const Status& status) {
  const auto row = [](const char* place, std::uint64_t files, const char* meaning) {
    return fmt::format("{:<11}{:>9}  {}\n", place, files, meaning);
  };
  std::string out = status.is_watched ? fmt::format("{:<11}{:>9}\n", "watched",
                                                    *status.is_watched ? "yes" : "by nobody")
                                      : fmt::format("{:<11}{:>9}  {}\n", "watched", "unknown",
                                                    "only who may write to the folder may ask");
  out += row("waiting", status.waiting, "in the folder, not taken yet");
  out += row("running", status.running, "a command is at work on it");
  out += row("retrying", status.retrying, "in work/ until its turn or the next try");
  out += row("done", status.done, "");
  out += row("quarantine", status.quarantine, "refused as they are");
  out += row("rejects", status.rejects, "files of rejected rows of others, in quarantine/ too");
  out += row("failed", status.failed, "");
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
  return out.add("jobs", jobs).str() + "\n";
}

}  // namespace

void print_status(const Options& options) {
  const Status status = collect(options);
  const std::string text =
      options.common.log_format == LogFormat::kJson ? as_json(status) : as_text(status);
  const bool failed = std::fwrite(text.data(), 1, text.size(), stdout) != text.size();
  if (std::fflush(stdout) != 0 || failed) throw_errno("write", "standard output");
}

}  // namespace sp::watch
