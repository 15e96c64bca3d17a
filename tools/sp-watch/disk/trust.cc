#include "sp-watch/disk/trust.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "sp-watch/disk/file_system.h"
#include "sp/base/diagnostic.h"
#include "sp/io/descriptor.h"

namespace sp::watch {
namespace {

bool is_ours(uid_t owner, uid_t user) { return owner == user || owner == 0; }

struct stat look_at(int fd, const std::string& path) {
  struct stat st;
  if (::fstat(fd, &st) != 0) throw_errno("look at", path);
  return st;
}

// What is wrong with it, and what ends that.
std::string problem(Trust trust, bool group_may_write) {
  switch (trust) {
    case Trust::kForeign:
      return fmt::format(
          "neither the user of sp-watch nor root; move it away, or look at what is "
          "in it, then chown it to user {} and chmod {}-w it",
          ::geteuid(), group_may_write ? "o" : "go");
    case Trust::kOthersWrite:
      return fmt::format("and everybody may write to it; look at what is in it, then chmod {}-w it",
                         group_may_write ? "o" : "go");
    default:
      return "and its group may write to it; look at what is in it, then chmod g-w it, or give "
             "--group-writable";
  }
}

}  // namespace

Trust judge(const Ownership& of, uid_t user, bool group_may_write) {
  if (!of.is_kept) return Trust::kNoOwners;
  if (!is_ours(of.owner, user)) return Trust::kForeign;
  if ((of.mode & S_IWOTH) != 0) return Trust::kOthersWrite;
  if ((of.mode & S_IWGRP) != 0 && !group_may_write) return Trust::kGroupWrites;
  return Trust::kSafe;
}

Ownership ownership_of(int fd, const std::string& path) {
  const struct stat st = look_at(fd, path);
  return {st.st_uid, st.st_mode, keeps_owners(fd)};
}

void require_safe(const Ownership& of, const std::string& path, bool group_may_write) {
  const Trust trust = judge(of, ::geteuid(), group_may_write);
  if (is_safe(trust)) return;
  throw Error(ExitCode::kConfig,
              fmt::format("{} belongs to user {} and has mode {:04o}: {}", path, of.owner,
                          of.mode & 07777U, problem(trust, group_may_write)));
}

int open_lock_file(int folder, const std::string& name, const std::string& path,
                   bool group_may_write) {
  const mode_t mode = group_may_write ? 0660 : 0600;
  Descriptor fd(::openat(folder, name.c_str(),
                         O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode));
  if (!fd) throw_errno("open", path);
  const struct stat st = look_at(fd.get(), path);
  const bool is_foreign =
      keeps_owners(fd.get()) && !group_may_write && !is_ours(st.st_uid, ::geteuid());
  if (!S_ISREG(st.st_mode) || is_foreign) {
    throw Error(ExitCode::kConfig, fmt::format("{} belongs to user {}, or is no regular file; stop "
                                               "every sp-watch of the folder and remove it",
                                               path, st.st_uid));
  }
  if (st.st_uid == ::geteuid() && (st.st_mode & 07777U) != mode) ::fchmod(fd.get(), mode);
  return fd.release();
}

}  // namespace sp::watch
