#include "sp-load/ledger/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <thread>

#include "sp/base/diagnostic.h"
#include "sp/io/durable.h"

namespace sp::load {
namespace {

constexpr const char* kName = ".sp-load.lock";
constexpr std::chrono::milliseconds kPause{5};
constexpr int kFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

// Who writes to the folder may have the lock too.
mode_t mode_in(int folder) {
  struct stat info {};
  return 0600 | (::fstat(folder, &info) == 0 && (info.st_mode & S_IWGRP) != 0 ? 0060 : 0);
}

}  // namespace

FolderLock::FolderLock(int folder, const std::string& path, std::chrono::milliseconds patience)
    : folder_(folder), path_(path) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!take()) {
    if (std::chrono::steady_clock::now() > end) {
      throw Error(ExitCode::kTempFail, path + "/" + kName +
                                           " is held by another program that brings rejected rows "
                                           "there (fuser names it), or is of another user");
    }
    std::this_thread::sleep_for(kPause);
  }
}

// The file that was locked may be one that its last holder has removed since.
bool FolderLock::take() {
  fd_.reset(::openat(folder_, kName, kFlags, mode_in(folder_)));
  // Another's, which gets its mode in a moment.
  if (!fd_ && errno == EACCES && exists(folder_, kName)) return false;
  if (!fd_) throw_errno("open", path_ + "/" + kName);
  if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    throw_errno("lock", path_ + "/" + kName);
  }
  struct stat mine {
  }, there{};
  if (::fstat(fd_.get(), &mine) != 0) throw_errno("look at", path_ + "/" + kName);
  if (::fstatat(folder_, kName, &there, AT_SYMLINK_NOFOLLOW) != 0) return false;
  if (mine.st_dev != there.st_dev || mine.st_ino != there.st_ino) return false;
  ::fchmod(fd_.get(), mode_in(folder_));  // whatever the umask; another's file has its mode
  return true;
}

FolderLock::~FolderLock() { ::unlinkat(folder_, kName, 0); }

}  // namespace sp::load
