#include "sp/io/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>
#include <thread>

#include "sp/base/diagnostic.h"
#include "sp/base/fault_point.h"
#include "sp/io/durable.h"

namespace sp {
namespace {

constexpr const char* kName = ".sp-load.lock";
constexpr std::chrono::milliseconds kPause{5};
constexpr int kFlags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
constexpr std::size_t kMostBytes = 16 << 10;  // that say what is renamed

// Who writes to the folder may have the lock too.
mode_t mode_in(int folder) {
  struct stat info {};
  return 0600 | (::fstat(folder, &info) == 0 && (info.st_mode & S_IWGRP) != 0 ? 0060 : 0);
}

// What the file says, from `text`; none where that was not written to its end, for then nothing is
// renamed yet.
std::vector<Renaming> parse_renaming(std::string_view text) {
  std::vector<Renaming> out;
  const auto next = [&text] {
    const std::size_t end = text.find('\0');
    std::string word(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return word;
  };
  while (!text.empty() && text.front() != '\0') {
    std::string from = next();
    out.push_back({std::move(from), next()});
  }
  if (text.size() != 1) out.clear();
  return out;
}

bool is_name(const std::string& text) {
  return !text.empty() && text.find('/') == text.npos;  // whoever wrote it stays in the folder
}

}  // namespace

FolderLock::FolderLock(int folder, const std::string& path, std::chrono::milliseconds patience)
    : folder_(folder), path_(path) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!take()) {
    if (std::chrono::steady_clock::now() > end) {
      throw Error(ExitCode::kTempFail, path + "/" + kName +
                                           " is held by another program at work there (fuser "
                                           "names it), or is of another user");
    }
    std::this_thread::sleep_for(kPause);
  }
  finish_renaming();
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

FolderLock::~FolderLock() {
  struct stat info {};
  if (::fstat(fd_.get(), &info) == 0 && info.st_size > 0) return;  // for the next one
  ::unlinkat(folder_, kName, 0);
}

void FolderLock::rename_together(const std::vector<Renaming>& files) {
  std::string text;
  for (const Renaming& file : files) {
    if (exists(folder_, file.from)) text += file.from + '\0' + file.to + '\0';
  }
  text += '\0';
  int error = write_all(fd_.get(), text);
  if (error == 0) error = sync_descriptor(fd_.get());
  if (error == 0) error = sync_descriptor(folder_);
  if (error != 0 && ::ftruncate(fd_.get(), 0) != 0) error = errno;
  require_done(error, "write", path_ + "/" + kName);
  finish_renaming();
}

void FolderLock::finish_renaming() {
  std::string text(kMostBytes, '\0');
  const ssize_t size = ::pread(fd_.get(), text.data(), text.size(), 0);
  if (size < 0) throw_errno("read", path_ + "/" + kName);
  if (size == 0) return;
  for (const auto& [from, to] :
       parse_renaming(std::string_view(text).substr(0, std::size_t(size)))) {
    if (!is_name(from) || !is_name(to)) continue;
    const int error = rename_noreplace(folder_, from, folder_, to);
    // ENOENT: it was before the kill. EEXIST: so too, and another has come since.
    if (error != ENOENT && error != EEXIST) require_done(error, "keep", path_ + "/" + from);
    SP_FAULT("file-renamed");
  }
  require_done(sync_descriptor(folder_), "sync", path_);
  if (::ftruncate(fd_.get(), 0) != 0) throw_errno("write", path_ + "/" + kName);
}

}  // namespace sp
