#include "sp-watch/disk/watchers.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "sp-watch/disk/trust.h"

namespace sp::watch {
namespace {

constexpr const char* kName = "watchers";

struct flock whole_file(short type) {
  struct flock out = {};
  out.l_type = type;
  out.l_whence = SEEK_SET;
  return out;
}

// Whether another process has a lock on it.
bool is_locked(int fd) {
  struct flock lock = whole_file(F_WRLCK);
  return ::fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace

Watchers::Watchers(const Folders& folders)
    : fd_(open_lock_file(folders.own.fd.get(), kName, folders.own.path + "/" + kName,
                         folders.group_writable)) {
  struct flock lock = whole_file(F_RDLCK);
  ::fcntl(fd_.get(), F_SETLK, &lock);
}

bool Watchers::are_among(const std::vector<Holder>& holders) const {
  if (holders.empty()) return is_locked(fd_.get());
  const std::vector<Holder> watchers = holders_of(fd_.get());
  return std::any_of(holders.begin(), holders.end(), [&](const Holder& holder) {
    return holder.pid == ::getpid() ||
           std::any_of(watchers.begin(), watchers.end(),
                       [&](const Holder& watcher) { return watcher.pid == holder.pid; });
  });
}

std::optional<bool> is_watched(const Folders& folders) {
  if (!folders.own.fd) return false;
  const Descriptor fd(::openat(folders.own.fd.get(), kName,
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd && errno == ENOENT) return false;
  if (!fd) return std::nullopt;
  return is_locked(fd.get());
}

}  // namespace sp::watch
