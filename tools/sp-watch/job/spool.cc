#include "sp-watch/job/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "sp-watch/disk/file_lock.h"
#include "sp-watch/disk/file_system.h"
#include "sp-watch/disk/open_writer.h"
#include "sp-watch/disk/trust.h"
#include "sp-watch/job/job_name.h"
#include "sp-watch/job/job_state.h"
#include "sp/base/diagnostic.h"
#include "sp/base/fault_point.h"
#include "sp/base/path_name.h"
#include "sp/io/durable.h"

namespace sp::watch {
namespace {

constexpr unsigned kMaxNameTries = 10000;

// Then `st` tells of the folder that was opened.
bool is_in_place(const Folder& folder, int flags, struct stat& st) {
  return ::fstatat(AT_FDCWD, folder.path.c_str(), &st, flags) == 0 && st.st_dev == folder.device &&
         st.st_ino == folder.inode;
}

std::int64_t taken_us(const FileStamp& in_work) { return in_work.ctime_ns / 1000; }

}  // namespace

const char* kind_name(Kind kind) {
  static constexpr const char* kNames[] = {"regular file",  "directory", "folder of sp-watch",
                                           "symbolic link", "FIFO",      "socket",
                                           "device",        "gone",      "unknown kind"};
  return kNames[static_cast<std::size_t>(kind)];
}

Spool::Spool(const FolderOptions& options)
    : folders_(open_folders(options)),
      lock_(open_lock_file(folders_.own.fd.get(), "lock", lock_path(), folders_.group_writable)),
      watchers_(folders_) {
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) {
    ::flock(lock_.get(), LOCK_UN);
  } else if (errno != EWOULDBLOCK) {
    throw_errno("lock files (flock) in", folders_.own.path, ExitCode::kConfig);
  }
}

const Folder& Spool::folder(Place place) const {
  switch (place) {
    case Place::kDone:
      return folders_.done;
    case Place::kQuarantine:
      return folders_.quarantine;
    case Place::kFailed:
      break;
  }
  return folders_.failed;
}

// Those that sp-watch keeps.
std::array<const Folder*, 7> Spool::kept() const {
  return {&folders_.work, &folders_.done,  &folders_.quarantine, &folders_.failed,
          &folders_.own,  &folders_.state, &folders_.tmp};
}

void Spool::check_folders() const {
  const Folder& dir = folders_.dir;
  struct stat st;
  if (!is_in_place(dir, 0, st)) {
    throw Error(ExitCode::kNoInput, dir.path + " was removed, moved or replaced");
  }
  for (const Folder* folder : kept()) {
    if (!is_in_place(*folder, folder->is_named ? 0 : AT_SYMLINK_NOFOLLOW, st)) {
      throw Error(ExitCode::kTempFail,
                  folder->path + " was removed, moved or replaced; start sp-watch anew");
    }
    require_safe({st.st_uid, st.st_mode, folder->keeps_owners}, folder->path,
                 folders_.group_writable);
  }
}

std::string Spool::who_may_replace() const {
  const Folder& dir = folders_.dir;
  const Ownership of = ownership_of(dir.fd.get(), dir.path);
  if (judge(of, ::geteuid(), true) == Trust::kForeign) return fmt::format("user {}", of.owner);
  const bool is_open = (of.mode & S_IWOTH) != 0 && (of.mode & S_ISVTX) == 0;
  return is_open && of.is_kept ? "everybody" : "";
}

const Folder* Spool::without_owners() const {
  for (const Folder* folder : kept()) {
    if (!folder->keeps_owners) return folder;
  }
  return nullptr;
}

std::string Spool::stranger_at(const Folder& folder, const std::string& file) const {
  const std::vector<Holder> holders = holders_of(folder.fd.get(), file);
  return watchers_.are_among(holders) ? "" : describe(holders);
}

std::string Spool::who_has_the_turn() const { return describe(holders_of(lock_.get())); }

// Whether it is the way to a folder that the operator named.
bool Spool::is_operators_link(const char* file) const {
  struct stat st;
  if (::fstatat(folders_.dir.fd.get(), file, &st, 0) != 0) return false;
  const Folder* const folder = folders_.find(st.st_dev, st.st_ino);
  return folder != nullptr && folder->is_named;
}

Kind Spool::look(const char* file, FileStamp& stamp) const {
  struct stat st;
  if (::fstatat(folders_.dir.fd.get(), file, &st, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Kind::kGone : Kind::kUnseen;
  }
  switch (st.st_mode & S_IFMT) {
    case S_IFREG:
      stamp = stamp_of(st);
      return Kind::kRegular;
    case S_IFDIR:
      return folders_.find(st.st_dev, st.st_ino) ? Kind::kOurFolder : Kind::kDirectory;
    case S_IFLNK:
      return is_operators_link(file) ? Kind::kOurFolder : Kind::kLink;
    case S_IFIFO:
      return Kind::kFifo;
    case S_IFSOCK:
      return Kind::kSocket;
    default:
      return Kind::kDevice;
  }
}

// Of a file, packed or not, whose rejected rows may come to quarantine under the name `plain`.
bool Spool::is_free_at_work(std::string_view plain) const {
  const int work = folders_.work.fd.get();
  return !exists(work, std::string(plain)) &&
         std::ranges::none_of(kPackedEndings, [&](std::string_view packed) {
           return exists(work, std::string(plain).append(packed));
         });
}

bool Spool::is_free_in_quarantine(std::string_view name) const {
  const int quarantine = folders_.quarantine.fd.get();
  for (const std::string_view ending : {std::string_view(), kErrorsEnding, kReasonEnding}) {
    if (exists(quarantine, std::string(name).append(ending))) return false;
  }
  return true;
}

// work/ first: a job leaves it by a rename to one of the others, so a name that moves is seen in
// one of them.
std::string Spool::free_name(const std::string& file) const {
  const std::int64_t now = wall_ms();
  for (unsigned n = 0; n < kMaxNameTries; ++n) {
    std::string name = job_name(file, now, n);
    const std::string reason = name + std::string(kReasonEnding);
    const int failed = folders_.failed.fd.get();
    if (is_free_at_work(unpacked_name(name)) && !exists(folders_.done.fd.get(), name) &&
        is_free_in_quarantine(name) && is_free_in_quarantine(unpacked_name(name)) &&
        !exists(failed, name) && !exists(failed, reason)) {
      return name;
    }
  }
  throw Error(ExitCode::kIoErr, "cannot find a free name in " + folders_.work.path,
              {file, 0, 0, ""});
}

Taken Spool::take(const std::string& file, const FileStamp& seen, Job& job) {
  const int dir = folders_.dir.fd.get();
  const int work = folders_.work.fd.get();
  Descriptor fd;
  struct stat st;
  if (const Taken opened = open_regular(dir, file, fd, st); opened != Taken::kYes) return opened;
  if (stamp_of(st) != seen) return Taken::kChanged;
  if (open_writer(fd.get()) == OpenWriter::kSome) return Taken::kWritten;
  if (!lock_file(fd, file)) return Taken::kElsewhere;

  const Turn turn(lock_.get());
  if (!turn) return Taken::kNoTurn;
  const std::string name = free_name(file);
  SP_FAULT("watch-before-take");
  if (const int error = rename_noreplace(dir, file, work, name)) {
    if (error == ENOENT) return Taken::kGone;
    if (error == EPERM) return Taken::kImmovable;
    if (error == EXDEV) {
      throw Error(ExitCode::kConfig, folders_.work.path +
                                         " cannot be reached by a rename from the folder; name "
                                         "another folder with --work");
    }
    require_done(error, "take", file);
  }
  SP_FAULT("watch-taken");
  // From here on it lies in work/, and what is not right with it, resume() sees.
  if (!is_same_file(work, name, st.st_ino)) return Taken::kChanged;
  if (open_writer(fd.get()) == OpenWriter::kSome) return Taken::kWritten;
  if (::fstat(fd.get(), &st) != 0) throw_errno("look at", file);  // the rename changed its ctime
  const FileStamp taken = stamp_of(st);
  if (taken.size != seen.size || taken.mtime_ns != seen.mtime_ns) return Taken::kChanged;
  job = {name, file, std::move(fd), taken, {}, {}};
  job.state.taken_us = taken_us(taken);
  return Taken::kYes;
}

// The ledger knows a file by its bytes: they must be the same after a power cut.
void Spool::sync_taken(const std::vector<Job>& jobs) {
  const int work = folders_.work.fd.get();
  if (syncs_together(work, jobs.size())) {  // work/ is on the file system of the folder
    require_done(sync_whole(work), "sync", folders_.work.path);
    return;
  }
  for (const Job& job : jobs) require_done(sync_descriptor(job.lock.get()), "sync", job.name);
  require_done(sync_descriptor(work), "sync", folders_.work.path);
  require_done(sync_descriptor(folders_.dir.fd.get()), "sync", folders_.dir.path);
}

Taken Spool::resume(const std::string& name, Millis longest, Job& job) {
  const int work = folders_.work.fd.get();
  Descriptor fd;
  struct stat st;
  if (const Taken opened = open_regular(work, name, fd, st); opened != Taken::kYes) return opened;
  if (!lock_file(fd, name)) return Taken::kElsewhere;
  // While we waited for the lock its holder may have brought it away.
  if (!is_same_file(work, name, st.st_ino)) return Taken::kGone;
  if (::fstat(fd.get(), &st) != 0) throw_errno("look at", name);
  job.name = name;
  const auto state = load_job_state(folders_.state.fd.get(), name);
  if (state) {
    job.state = *state;
  } else {
    job.state.taken_us = taken_us(stamp_of(st));
  }
  const std::int64_t delay = job.state.next_ms - wall_ms();
  if (delay > 0 && delay <= longest.count()) return Taken::kNotYet;
  if (open_writer(fd.get()) == OpenWriter::kSome) return Taken::kWritten;
  job.stamp = stamp_of(st);
  job.lock = std::move(fd);
  return Taken::kYes;
}

bool Spool::has_changed(const Job& job, bool& gone) const {
  struct stat st;
  if (::fstat(job.lock.get(), &st) != 0) throw_errno("look at", job.name);
  gone = !is_same_file(folders_.work.fd.get(), job.name, st.st_ino);
  return stamp_of(st) != job.stamp;
}

std::string Spool::make_tmp(const std::string& name) {
  std::string path = folders_.tmp.path + "/" + name;
  const int tmp = folders_.tmp.fd.get();
  require_done(remove_tree(tmp, name), "empty", path);
  if (::mkdirat(tmp, name.c_str(), folders_.group_writable ? 0770 : 0700) != 0)
    throw_errno("create", path);
  return path;
}

void Spool::remove_tmp(const std::string& name) const { remove_tree(folders_.tmp.fd.get(), name); }

void Spool::save_states(const std::vector<const Job*>& jobs) {
  const int state = folders_.state.fd.get();
  const bool together = syncs_together(state, jobs.size());
  for (const Job* job : jobs) {
    save_job_state(state, job->name, job->state, together ? Sync::kLater : Sync::kNow);
  }
  if (!together) return;
  require_done(sync_whole(state), "sync", folders_.state.path);
}

std::optional<Progress> Spool::add_progress(const Progress& news) {
  const int own = folders_.own.fd.get();
  if (news.is_empty()) return load_progress(own);
  const Turn turn(lock_.get());
  if (!turn) return std::nullopt;
  Progress out = load_progress(own);
  out.add(news);
  save_progress(own, out);
  return out;
}

bool Spool::keep(const NameFilter& filter) {
  const Turn turn(lock_.get());
  if (turn) filter.save(folders_.own.fd.get());
  return static_cast<bool>(turn);
}

// The job's own name, unless a stranger or the command itself (rejected rows) put something there.
std::string Spool::free_target(const Folder& folder, const std::string& name) const {
  const std::int64_t now = wall_ms();
  for (unsigned n = 0; n < kMaxNameTries; ++n) {
    std::string target = n == 0 ? name : job_name(name, now, n);
    if (!exists(folder.fd.get(), target)) return target;
  }
  throw Error(ExitCode::kIoErr, "cannot find a free name for " + name + " in " + folder.path);
}

void Spool::forget(const Job& job) { drop_job_state(folders_.state.fd.get(), job.name); }

std::string Spool::set_aside(const Folder& from, const std::string& file,
                             const std::string& reason) {
  const int quarantine = folders_.quarantine.fd.get();
  const Turn turn(lock_.get());
  struct stat st;
  if (!turn || ::fstatat(from.fd.get(), file.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0 ||
      S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) {
    return "";
  }
  std::string name = free_name(file);
  write_file(quarantine, name + std::string(kReasonEnding), reason);
  const int error = rename_noreplace(from.fd.get(), file, quarantine, name);
  if (error != 0) {
    ::unlinkat(quarantine, (name + std::string(kReasonEnding)).c_str(), 0);
    if (error == ENOENT || error == EXDEV) return "";
    require_done(error, "set aside", file);
  }
  require_done(sync_descriptor(quarantine), "sync", folders_.quarantine.path);
  return name;
}

bool Spool::is_stale(const std::string& name) const {
  return !exists(folders_.work.fd.get(), name);
}

bool Spool::has_left(const std::string& name) const {
  return exists(folders_.done.fd.get(), name) || exists(folders_.quarantine.fd.get(), name) ||
         exists(folders_.failed.fd.get(), name);
}

// ".NAME.part", ".NAME.reason.json.part", ".NAME.json.part" of jobs that are over.
void Spool::clean_parts(const Folder& folder) const {
  list_folder(folder, [&](const DirEntry& entry) {
    std::string_view name = entry.name;
    if (!name.starts_with('.') || !name.ends_with(".part")) return;
    name = name.substr(1, name.size() - 6);
    for (const std::string_view ending : {kReasonEnding, kStateEnding}) {
      if (name.ends_with(ending) && is_stale(std::string(name))) name.remove_suffix(ending.size());
    }
    if (is_stale(std::string(name))) ::unlinkat(folder.fd.get(), entry.name, 0);
  });
}

std::vector<Job> Spool::clean() {
  const Turn turn(lock_.get());
  std::vector<Job> lost;
  if (!turn) return lost;  // another watcher is here, and did the same when it started
  std::vector<std::string> stale;
  list_folder(folders_.tmp, [&](const DirEntry& entry) {
    if (is_stale(entry.name)) stale.emplace_back(entry.name);
  });
  for (const std::string& name : stale) remove_tmp(name);
  const int state = folders_.state.fd.get();
  list_folder(folders_.state, [&](const DirEntry& entry) {
    std::string name = entry.name;
    if (name.starts_with('.') || !name.ends_with(kStateEnding)) return;
    name.resize(name.size() - kStateEnding.size());
    if (!is_stale(name)) return;
    const auto left = load_job_state(state, name);
    if (left && !has_left(name)) lost.push_back({name, "", {}, {}, *left, {}});
    drop_job_state(state, name);
  });
  for (const Folder* folder : {&folders_.state, &folders_.quarantine, &folders_.failed}) {
    clean_parts(*folder);
  }
  if (folders_.done.device != folders_.work.device) clean_parts(folders_.done);
  return lost;
}

}  // namespace sp::watch
