#include "sp-watch/say/status.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "sp-watch/disk/file_lock.h"
#include "sp-watch/job/job_name.h"
#include "sp-watch/job/job_state.h"
#include "sp-watch/name_filter.h"
#include "sp/io/durable.h"

namespace sp::watch {
namespace {

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

void note_age(Status& status, std::int64_t came_ms) {
  if (status.oldest_ms == 0 || came_ms < status.oldest_ms) status.oldest_ms = came_ms;
}

// The time of the last change of its inode, which the rename or the last write into the folder set.
std::int64_t came_ms(const struct stat& st) { return stamp_of(st).ctime_ns / 1'000'000; }

// --status need not repeat what the watcher was told.
NameFilter filter_of(const Folders& folders, const Options& options) {
  if (!options.match.empty() || !folders.own.fd) {
    return NameFilter(options.match, options.ignore_case);
  }
  return NameFilter::load(folders.own.fd.get());
}

void count_waiting(Status& status, const Folder& dir, const NameFilter& filter) {
  list_folder(dir, [&](const DirEntry& entry) {
    if (!filter.accepts(entry.name) || (entry.type != DT_REG && entry.type != DT_UNKNOWN)) return;
    struct stat st;
    if (::fstatat(dir.fd.get(), entry.name, &st, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (!S_ISREG(st.st_mode)) return;
    ++status.waiting;
    note_age(status, came_ms(st));
  });
}

// The state is there from the first failure on.
void add_job(Status& status, const Folders& folders, const std::string& name) {
  JobLine job{name, is_locked(folders.work, name), {}};
  ++(job.is_running ? status.running : status.retrying);
  const auto state = folders.state.fd ? load_job_state(folders.state.fd.get(), name) : std::nullopt;
  struct stat st;
  if (state) {
    job.state = *state;
    note_age(status, state->taken_us / 1000);
  } else if (::fstatat(folders.work.fd.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) {
    note_age(status, came_ms(st));
  }
  status.jobs.push_back(std::move(job));
}

}  // namespace

Status look_at(const Folders& folders, const Options& options) {
  Status out;
  out.dir = folders.dir.path;
  out.time_ms = wall_ms();
  count_waiting(out, folders.dir, filter_of(folders, options));
  out.done = count(folders.done);
  out.rejects = count_rejects(folders.quarantine);
  const std::uint64_t held = count(folders.quarantine);
  out.quarantine = held - std::min(held, out.rejects);  // the folder may change in between
  out.failed = count(folders.failed);
  if (folders.own.fd) out.progress = load_progress(folders.own.fd.get());
  if (!folders.work.fd) return out;
  std::vector<std::string> names;
  list_folder(folders.work, [&](const DirEntry& entry) {
    if (entry.name[0] != '.') names.emplace_back(entry.name);
  });
  for (const std::string& name : names) add_job(out, folders, name);
  std::sort(out.jobs.begin(), out.jobs.end(), [](const JobLine& a, const JobLine& b) {
    if (a.is_running != b.is_running) return a.is_running;
    return a.state.next_ms != b.state.next_ms ? a.state.next_ms < b.state.next_ms : a.name < b.name;
  });
  return out;
}

}  // namespace sp::watch
