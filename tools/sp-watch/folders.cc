#include "folders.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <boost/filesystem.hpp>
#include <cerrno>
#include <memory>
#include <string_view>

#include "sp/diagnostic.h"

namespace sp::watch {
namespace {

namespace fs = boost::filesystem;

constexpr int kOpenFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

void fill(Folder& folder, int fd) {
  folder.fd.reset(fd);
  struct stat st;
  if (::fstat(fd, &st) != 0) throw_errno("look at", folder.path);
  folder.device = st.st_dev;
  folder.inode = st.st_ino;
}

[[noreturn]] void refuse(const std::string& path) {
  if (errno == ENOTDIR || errno == ELOOP) {
    throw Error(ExitCode::kConfig, path +
                                       " is not a directory; move it away, or name another "
                                       "folder with a flag");
  }
  throw_errno("open", path);
}

// `name` in `parent`, never through a symbolic link: whoever may write in DIR could have put it
// there.
Folder inner(const Folder& parent, const std::string& name, mode_t mode, bool create) {
  Folder out{parent.path + "/" + name, {}, 0, 0};
  if (create && ::mkdirat(parent.fd.get(), name.c_str(), mode) != 0 && errno != EEXIST) {
    throw_errno("create", out.path);
  }
  const int fd = ::openat(parent.fd.get(), name.c_str(), kOpenFlags | O_NOFOLLOW);
  if (fd >= 0) {
    fill(out, fd);
  } else if (create || errno != ENOENT) {
    refuse(out.path);
  }
  return out;
}

// A folder that the operator named, wherever it is.
Folder outer(const std::string& path, bool create) {
  Folder out{fs::absolute(path).string(), {}, 0, 0};
  boost::system::error_code failed;
  if (create) fs::create_directories(out.path, failed);
  if (failed) throw Error(ExitCode::kConfig, "cannot create " + path + ": " + failed.message());
  const int fd = ::open(out.path.c_str(), kOpenFlags);
  if (fd >= 0) {
    fill(out, fd);
  } else if (create || errno != ENOENT) {
    refuse(out.path);
  }
  return out;
}

Folder open_dir(const std::string& dir) {
  boost::system::error_code failed;
  Folder out{fs::canonical(dir, failed).string(), {}, 0, 0};
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
  out.dir = open_dir(options.dir);
  const auto open = [&](const std::string& given, const char* name) {
    return given.empty() ? inner(out.dir, name, 0777, create) : outer(given, create);
  };
  out.work = open(options.work, "work");
  out.done = open(options.done, "done");
  out.quarantine = open(options.quarantine, "quarantine");
  out.failed = open(options.failed, "failed");
  out.own = inner(out.dir, ".sp-watch", 0777, create);
  if (!out.own.fd) return out;
  out.state = inner(out.own, "state", 0777, create);
  out.tmp = inner(out.own, "tmp", 0700, create);
  return out;
}

}  // namespace

bool Folders::is_one_of_them(std::uint64_t device, std::uint64_t inode) const {
  for (const Folder* folder : {&work, &done, &quarantine, &failed, &own}) {
    if (folder->fd && folder->device == device && folder->inode == inode) return true;
  }
  return false;
}

Folders open_folders(const FolderOptions& options) {
  Folders out = open_all(options, true);
  if (out.work.device != out.dir.device) {
    throw Error(ExitCode::kConfig, out.work.path + " and " + out.dir.path +
                                       " are on two file systems; files are taken by a rename, so "
                                       "--work must be on that of the folder");
  }
  return out;
}

Folders look_at_folders(const FolderOptions& options) { return open_all(options, false); }

void list_folder(const Folder& folder, const std::function<void(const DirEntry&)>& visit) {
  const int fd = ::openat(folder.fd.get(), ".", kOpenFlags);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fd < 0 ? nullptr : ::fdopendir(fd), ::closedir);
  if (!stream) throw_errno("read", folder.path);
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    visit({entry->d_name, entry->d_type, entry->d_ino});
  }
  if (errno != 0) throw_errno("read", folder.path);
}

}  // namespace sp::watch
