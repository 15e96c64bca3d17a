#include "sp/io/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "sp/base/diagnostic.h"
#include "sp/io/byte_source.h"
#include "sp/io/descriptor.h"

namespace sp {
namespace {

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// A new file beside another, removed again unless it was renamed into place.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& path) {
    for (int attempt = 0; fd_ < 0; ++attempt) {
      name_ = fmt::format("{}.{}-{}.tmp", path, ::getpid(), attempt);
      fd_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      // A process of our number may have died here before.
      if (fd_ < 0 && (errno != EEXIST || attempt == 100)) throw_errno("create", name_);
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  int fd() const { return fd_; }
  const std::string& name() const { return name_; }

  void rename_to(const std::string& path) {
    const int fd = fd_;
    fd_ = -1;
    if (::close(fd) != 0) throw_errno("write", name_);
    if (::rename(name_.c_str(), path.c_str()) != 0) throw_errno("rename " + name_ + " to", path);
    name_.clear();
  }

 private:
  std::string name_;
  int fd_ = -1;
};

void write_all(int fd, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) throw_errno("write", name);
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void sync_directory(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw_errno("open", directory);
  const int failed = ::fsync(fd);
  const int reason = errno;
  ::close(fd);
  errno = reason;
  if (failed != 0 && errno != EINVAL) throw_errno("sync", directory);  // EINVAL: cannot be synced
}

// A link or a FIFO that another user has put under the name, to lead us elsewhere or to hold us up.
// It is never followed or opened; like any file it is removed, and replaced.
bool is_planted(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 && (S_ISLNK(info.st_mode) || S_ISFIFO(info.st_mode)) &&
         info.st_uid != ::geteuid() && info.st_uid != 0;
}

// A terminal, a pipe or /dev/null is written to, not replaced by a file.
bool is_special_file(const std::string& path) {
  struct stat info {};
  return !is_planted(path) && ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) &&
         !S_ISDIR(info.st_mode);
}

}  // namespace

std::optional<std::string> read_file(const std::string& path, std::size_t most) {
  const std::unique_ptr<ByteSource> source = open_source(path);
  std::string text;
  char buffer[16384];
  while (const std::size_t n = source->read(buffer, sizeof buffer)) {
    text.append(buffer, n);
    if (text.size() > most) return std::nullopt;
  }
  return text;
}

void write_file(const std::string& path, std::string_view bytes) {
  if (is_special_file(path)) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) throw_errno("open", path);
    write_all(fd, bytes, path);
    if (::close(fd) != 0) throw_errno("write", path);
    return;
  }
  TemporaryFile file(path);
  write_all(file.fd(), bytes, file.name());
  if (::fsync(file.fd()) != 0) throw_errno("sync", file.name());
  file.rename_to(path);
  sync_directory(directory_of(path));
}

void append_to_file(const std::string& path, std::string_view bytes) {
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file) throw_errno("open", path);
  write_all(file.get(), bytes, path);
}

void discard_file(const std::string& path) {
  std::error_code none;
  std::string file = path;
  if (!is_planted(path)) {
    // The file itself: a link of the user's own stays.
    file = std::filesystem::canonical(path, none);
    struct stat info {};
    if (none || ::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  }
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) throw_errno("remove the earlier", path);
}

}  // namespace sp
