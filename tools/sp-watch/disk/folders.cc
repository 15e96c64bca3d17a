#include "sp-watch/disk/folders.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <boost/filesystem.hpp>
#include <cerrno>

#include "sp-watch/disk/file_system.h"
#include "sp-watch/disk/trust.h"
#include "sp/base/diagnostic.h"

namespace sp::watch {
namespace {

namespace fs = boost::filesystem;

constexpr int kOpenFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

struct stat fill(Folder& folder, int fd) {
  folder.fd.reset(fd);
  struct stat st;
  if (::fstat(fd, &st) != 0) throw_errno("look at", folder.path);
  folder.device = st.st_dev;
  folder.inode = st.st_ino;
  folder.keeps_owners = keeps_owners(fd);
  return st;
}

[[noreturn]] void refuse(const std::string& path) {
  if (errno == ENOTDIR || errno == ELOOP) {
    throw Error(ExitCode::kConfig, path +
                                       " is not a directory; move it away, or name another "
                                       "folder with a flag");
  }
  throw_errno("open", path);
}

// How folders of ours are opened.
struct Manner {
  bool create;
  bool group_writable;
  mode_t mode() const { return group_writable ? 0775 : 0755; }
  // Of a folder into which nobody else may look.
  mode_t closed_mode() const { return group_writable ? 0770 : 0700; }
};

// Who only looks at folders does not rely on what is in them, and may be another user.
void take_over(Folder& folder, int fd, const Manner& manner) {
  const struct stat st = fill(folder, fd);
  if (!manner.create) return;
  require_safe({st.st_uid, st.st_mode, folder.keeps_owners}, folder.path, manner.group_writable);
}

// `name` in `parent`, never through a symbolic link: whoever may write in DIR could have put it
// there.
Folder inner(const Folder& parent, const std::string& name, mode_t mode, const Manner& manner) {
  Folder out{parent.path + "/" + name, {}};
  if (manner.create && ::mkdirat(parent.fd.get(), name.c_str(), mode) != 0 && errno != EEXIST) {
    throw_errno("create", out.path);
  }
  const int fd = ::openat(parent.fd.get(), name.c_str(), kOpenFlags | O_NOFOLLOW);
  if (fd >= 0) {
    take_over(out, fd, manner);
  } else if (manner.create || errno != ENOENT) {
    refuse(out.path);
  }
  return out;
}

// An absolute path needs no working directory, which may be gone.
fs::path base_of(const fs::path& path) {
  boost::system::error_code failed;
  return path.is_absolute() ? fs::path("/") : fs::current_path(failed);
}

// A folder that the operator named, wherever it is.
Folder outer(const std::string& path, const Manner& manner) {
  Folder out{fs::absolute(path, base_of(path)).string(), {}, 0, 0, true};
  boost::system::error_code failed;
  if (manner.create) {
    const mode_t before = ::umask(0);  // what is made must be what is asked for below
    ::umask(before | (~manner.mode() & 0777));
    fs::create_directories(out.path, failed);
    ::umask(before);
  }
  if (failed) throw Error(ExitCode::kConfig, "cannot create " + path + ": " + failed.message());
  const int fd = ::open(out.path.c_str(), kOpenFlags);
  if (fd >= 0) {
    take_over(out, fd, manner);
  } else if (manner.create || errno != ENOENT) {
    refuse(out.path);
  }
  return out;
}

Folder open_dir(const std::string& dir) {
  boost::system::error_code failed;
  Folder out{fs::canonical(dir, base_of(dir), failed).string(), {}};
  if (failed) {
    throw Error(ExitCode::kNoInput, "cannot watch " + dir + ": " + failed.message());
  }
  const int fd = ::open(out.path.c_str(), kOpenFlags);
  if (fd < 0) throw_errno("watch", dir, ExitCode::kNoInput);
  fill(out, fd);
  return out;
}

Folders open_all(const FolderOptions& options, bool create) {
  Folders out;
  const Manner manner{create, options.group_writable};
  out.group_writable = options.group_writable;
  out.dir = open_dir(options.dir);
  const auto open = [&](const std::string& given, const char* name) {
    return given.empty() ? inner(out.dir, name, manner.mode(), manner) : outer(given, manner);
  };
  out.work = open(options.work, "work");
  out.done = open(options.done, "done");
  out.quarantine = open(options.quarantine, "quarantine");
  out.failed = open(options.failed, "failed");
  out.own = inner(out.dir, ".sp-watch", manner.mode(), manner);
  if (!out.own.fd) return out;
  out.state = inner(out.own, "state", manner.mode(), manner);
  if (create) out.tmp = inner(out.own, "tmp", manner.closed_mode(), manner);
  return out;
}

bool is_same(const Folder& a, const Folder& b) {
  return a.device == b.device && a.inode == b.inode;
}

// DIR and what was found in it without following links are such paths already.
std::string real_path(const Folder& folder, const std::string& given) {
  if (given.empty()) return folder.path;
  boost::system::error_code failed;
  std::string out = fs::canonical(folder.path, "/", failed).string();
  if (failed) throw Error(ExitCode::kIoErr, "cannot find " + given + ": " + failed.message());
  return out;
}

[[noreturn]] void refuse_pair(const Folder& folder, const char* is, const Folder& other) {
  throw Error(ExitCode::kConfig, folder.path + " " + is + " " + other.path +
                                     "; name another folder with --work, --done, --quarantine or "
                                     "--failed");
}

// What is moved out must not come in again, nor lie where temporary files are removed.
void require_apart(const Folders& all, const FolderOptions& given) {
  for (const Folder* out : {&all.done, &all.quarantine, &all.failed}) {
    for (const Folder* in : {&all.dir, &all.work}) {
      if (is_same(*out, *in)) refuse_pair(*out, "is", *in);
    }
  }
  if (is_same(all.work, all.dir)) refuse_pair(all.work, "is", all.dir);
  const std::string work = real_path(all.work, given.work) + "/";
  const std::string own = all.own.path + "/";
  const auto check = [&](const Folder& folder, const std::string& path) {
    if (is_same(folder, all.own)) refuse_pair(folder, "is", all.own);
    if (path.starts_with(own)) refuse_pair(folder, "lies in", all.own);
    if (path.starts_with(work) && &folder != &all.work) refuse_pair(folder, "lies in", all.work);
  };
  check(all.work, work);
  check(all.done, real_path(all.done, given.done));
  check(all.quarantine, real_path(all.quarantine, given.quarantine));
  check(all.failed, real_path(all.failed, given.failed));
}

// Names in work/ and quarantine/ are unique among those of one DIR; two DIRs would replace each
// other's files. The mark is a link that leads nowhere, for a link is made whole or not at all.
void require_mine(const Folder& folder, const Folder& dir) {
  constexpr const char* kMark = ".sp-watch-of";
  const std::string mine = "sp-watch:" + dir.path;
  if (::symlinkat(mine.c_str(), folder.fd.get(), kMark) == 0) return;
  if (errno != EEXIST) throw_errno("mark", folder.path);
  std::string there(mine.size() + 1, '\0');
  const ssize_t size = ::readlinkat(folder.fd.get(), kMark, there.data(), there.size());
  if (size == static_cast<ssize_t>(mine.size()) && there.starts_with(mine)) return;
  throw Error(ExitCode::kConfig, folder.path + " is used by the sp-watch of another folder than " +
                                     dir.path + ", as " + folder.path + "/" + kMark +
                                     " says; name another one, or remove that mark if it is wrong");
}

}  // namespace

const Folder* Folders::find(std::uint64_t device, std::uint64_t inode) const {
  for (const Folder* folder : {&work, &done, &quarantine, &failed, &own}) {
    if (folder->fd && folder->device == device && folder->inode == inode) return folder;
  }
  return nullptr;
}

Folders open_folders(const FolderOptions& options) {
  Folders out = open_all(options, true);
  if (out.work.device != out.dir.device) {
    throw Error(ExitCode::kConfig, out.work.path + " and " + out.dir.path +
                                       " are on two file systems; files are taken by a rename, so "
                                       "--work must be on that of the folder");
  }
  require_apart(out, options);
  if (!options.work.empty()) require_mine(out.work, out.dir);
  if (!options.quarantine.empty()) require_mine(out.quarantine, out.dir);
  return out;
}

Folders look_at_folders(const FolderOptions& options) { return open_all(options, false); }

void list_folder(const Folder& folder, const std::function<void(const DirEntry&)>& visit) {
  sp::list_folder(folder.fd.get(), folder.path, visit);
}

}  // namespace sp::watch
