#include "sp-watch/disk/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <time.h>

#include <cerrno>

#include "sp/base/diagnostic.h"

namespace sp::watch {
namespace {

constexpr int kFirstFd = 100;
constexpr int kTurnTries = 100;
constexpr int kLockTries = 4;  // --status holds a lock for a moment
constexpr struct timespec kPause = {0, 1'000'000};

std::int64_t nanoseconds(const struct timespec& t) {
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

// Where so few may be open that there is none from kFirstFd on, it stays where it is.
Descriptor move_up(Descriptor low) {
  Descriptor high(::fcntl(low.get(), F_DUPFD_CLOEXEC, kFirstFd));
  return high || errno != EINVAL ? std::move(high) : std::move(low);
}

// NFS locks only what is open for writing.
void reopen_for_writing(Descriptor& fd, const std::string& name) {
  const std::string self = "/proc/self/fd/" + std::to_string(fd.get());
  Descriptor low(::open(self.c_str(), O_RDWR | O_CLOEXEC));
  if (!low) throw_errno("lock", name);
  fd = move_up(std::move(low));
}

}  // namespace

FileStamp stamp_of(const struct stat& st) {
  return {st.st_ino, st.st_size, nanoseconds(st.st_mtim), nanoseconds(st.st_ctim)};
}

Taken open_regular(int dir, const std::string& name, Descriptor& out, struct stat& st) {
  if (::fstatat(dir, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return Taken::kGone;
    throw_errno("look at", name);
  }
  if (!S_ISREG(st.st_mode)) return Taken::kIrregular;
  Descriptor low(
      ::openat(dir, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!low) {
    if (errno == ENOENT) return Taken::kGone;
    if (errno == ELOOP) return Taken::kIrregular;
    if (errno == EWOULDBLOCK) return Taken::kElsewhere;  // a lease, which ends now or in a minute
    if (errno == EACCES || errno == EPERM) return Taken::kUnreadable;
    throw_errno("open", name);
  }
  out = move_up(std::move(low));
  if (!out || ::fstat(out.get(), &st) != 0) throw_errno("open", name);
  return S_ISREG(st.st_mode) ? Taken::kYes : Taken::kIrregular;
}

bool lock_file(Descriptor& fd, const std::string& name) {
  for (int tries = 0; tries < kLockTries; ++tries) {
    if (tries > 0) ::nanosleep(&kPause, nullptr);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EBADF) {
      reopen_for_writing(fd, name);
    } else if (errno != EWOULDBLOCK) {
      throw_errno("lock", name);
    }
  }
  return false;
}

bool is_same_file(int dir, const std::string& name, std::uint64_t inode) {
  struct stat st;
  if (::fstatat(dir, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) return st.st_ino == inode;
  if (errno != ENOENT) throw_errno("look at", name);
  return false;
}

Turn::Turn(int lock) : lock_(lock) {
  for (int tries = 0; !held_ && tries < kTurnTries; ++tries) {
    if (tries > 0) ::nanosleep(&kPause, nullptr);
    held_ = ::flock(lock_, LOCK_EX | LOCK_NB) == 0;
  }
}

Turn::~Turn() {
  if (held_) ::flock(lock_, LOCK_UN);
}

}  // namespace sp::watch
