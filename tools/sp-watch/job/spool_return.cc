// How files come back from quarantine/ and failed/: state first, then the move, and what lay beside
// them last, so that a crash leaves the file in one place, with its reason or on its way.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "sp-watch/disk/file_lock.h"
#include "sp-watch/disk/open_writer.h"
#include "sp-watch/job/job_name.h"
#include "sp-watch/job/job_state.h"
#include "sp-watch/job/kept_name.h"
#include "sp-watch/job/spool.h"
#include "sp/base/diagnostic.h"
#include "sp/base/fault_point.h"
#include "sp/io/durable.h"
#include "sp/io/folder_lock.h"

namespace sp::watch {
namespace {

// Locked, so that no watcher begins with the file before all is done.
Descriptor hold(const Folder& folder, const std::string& name) {
  Descriptor out;
  struct stat st;
  switch (open_regular(folder.fd.get(), name, out, st)) {
    case Taken::kYes:
      break;
    case Taken::kIrregular:
      throw Error(ExitCode::kDataErr, "it is not a regular file");
    case Taken::kUnreadable:
      throw Error(ExitCode::kNoInput, "it cannot be read: permission denied");
    case Taken::kElsewhere:
      throw Error(ExitCode::kTempFail, "somebody has a lease on it; try again later");
    default:
      throw Error(ExitCode::kNoInput, "it is not there any more");
  }
  if (open_writer(out.get()) == OpenWriter::kSome) {
    throw Error(ExitCode::kTempFail, "it is open for writing; try again when that is over");
  }
  if (!lock_file(out, name)) {
    throw Error(ExitCode::kTempFail, "somebody has it locked; try again later");
  }
  if (!is_same_file(folder.fd.get(), name, st.st_ino)) {
    throw Error(ExitCode::kNoInput, "it is not there any more");
  }
  return out;
}

// What lies beside the file; none where nothing does, or it cannot be read.
struct Beside {
  std::string name;
  std::uint64_t inode = 0;
  std::optional<JobState> state{};  // that a reason remembers
};

std::optional<Beside> look_beside(const Folder& folder, const std::string& name) {
  constexpr std::size_t kMost = 64 << 10;  // bytes; a reason has less
  Descriptor fd;
  struct stat st;
  if (open_regular(folder.fd.get(), name, fd, st) != Taken::kYes) return std::nullopt;
  std::string text(kMost, '\0');
  const ssize_t n = ::pread(fd.get(), text.data(), text.size(), 0);
  return Beside{name, st.st_ino,
                state_of_reason(std::string_view(text).substr(0, n < 0 ? 0 : std::size_t(n)))};
}

}  // namespace

void Spool::give_back(Place from, const std::string& name, Job& job) {
  const Folder& folder = this->folder(from);
  const int work = folders_.work.fd.get();
  std::optional<FolderLock> bringing;  // of rejected rows, by sp-load
  if (from == Place::kQuarantine) bringing.emplace(folder.fd.get(), folder.path);
  job.lock = hold(folder, name);
  const KeptName kept = parse_kept_name(name);
  const auto reason = look_beside(folder, name + std::string(kReasonEnding));
  const auto errors = look_beside(folder, kept.file + std::string(kErrorsEnding) + kept.number);
  job.name = from == Place::kFailed || reason ? name : kept.file;
  const auto refuse = [&] {
    throw Error(ExitCode::kTempFail, "work/ holds a file of the name " + job.name +
                                         "; try again when that one has left");
  };
  {
    // A watcher that starts would take the state of a file that is not in work/ for a stale one.
    const Turn turn(lock_.get());
    if (!turn) {
      throw Error(ExitCode::kTempFail, "somebody has " + lock_path() + " locked; try again later");
    }
    if (exists(work, job.name)) refuse();
    if (reason && reason->state) {
      job.state = *reason->state;
      save_job_state(folders_.state.fd.get(), job.name, job.state);
    }
    SP_FAULT("watch-before-return");
    // No copy: that would not be locked, and a watcher could end it before the file has left.
    const int error = rename_noreplace(folder.fd.get(), name, work, job.name);
    if (error == EEXIST) refuse();
    if (error == EXDEV) {
      drop_job_state(folders_.state.fd.get(), job.name);
      throw Error(ExitCode::kConfig, folder.path + " is on another file system than " +
                                         folders_.work.path +
                                         "; move the file into the folder of sp-watch, where it "
                                         "is a new one, and remove what lay beside it");
    }
    require_done(error, "move to work/", name);
  }
  require_done(sync_descriptor(work), "sync", folders_.work.path);
  require_done(sync_descriptor(folder.fd.get()), "sync", folder.path);
  SP_FAULT("watch-returned");
  for (const auto& beside : {reason, errors}) {
    // By the same inode: it may be another's by now.
    if (!beside || !is_same_file(folder.fd.get(), beside->name, beside->inode)) continue;
    ::unlinkat(folder.fd.get(), beside->name.c_str(), 0);
  }
  struct stat st;
  if (::fstatat(work, job.name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return;  // it went on
  job.stamp = stamp_of(st);
  if (job.state.attempts == 0) job.state.taken_us = job.stamp.ctime_ns / 1000;
}

}  // namespace sp::watch
