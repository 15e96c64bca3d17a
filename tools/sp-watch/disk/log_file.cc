#include "sp-watch/disk/log_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "sp-watch/disk/trust.h"
#include "sp/base/diagnostic.h"
#include "sp/base/path_name.h"

namespace sp::watch {
namespace {

constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

bool is_ours(const struct stat& st) {
  return S_ISREG(st.st_mode) && st.st_nlink == 1 && (st.st_uid == ::geteuid() || st.st_uid == 0);
}

// What was opened, or what could not be.
bool is_our_file(int fd, int dir, const std::string& name) {
  struct stat st;
  if (fd >= 0) return ::fstat(fd, &st) == 0 && is_ours(st);
  const int error = errno;
  const bool out = ::fstatat(dir, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0 || is_ours(st);
  errno = error;
  return out;
}

[[noreturn]] void refuse(const std::string& path, const std::string& folder) {
  throw Error(ExitCode::kConfig,
              fmt::format("{} is no file of one name that belongs to user {}, and others may write "
                          "to {}; remove it, or name a file in another folder",
                          path, ::geteuid(), folder));
}

}  // namespace

Descriptor open_log(const std::string& path, const LogPolicy& policy) {
  const std::string folder = folder_of(path);
  const int follow = policy.is_named ? 0 : O_NOFOLLOW;
  const Descriptor dir(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | follow));
  if (!dir) throw_errno("open the journal", path);
  const Ownership of = ownership_of(dir.get(), folder);
  if (!policy.is_named) require_safe(of, folder, policy.group_writable);
  const bool safe = is_safe(judge(of, ::geteuid(), policy.group_writable));
  const std::string name(base_name(path));
  Descriptor out(::openat(dir.get(), name.c_str(), kFlags | (safe ? follow : O_NOFOLLOW),
                          policy.group_writable ? 0664 : 0644));
  if (!safe && !is_our_file(out.get(), dir.get(), name)) refuse(path, folder);
  if (!out) throw_errno("open the journal", path);
  ::fcntl(out.get(), F_SETFL, O_APPEND);
  return out;
}

}  // namespace sp::watch
