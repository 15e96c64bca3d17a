#include "sp/io/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <system_error>

#include "sp/base/diagnostic.h"
#include "sp/base/path_name.h"
#include "sp/io/byte_source.h"
#include "sp/io/descriptor.h"
#include "sp/io/durable.h"

namespace sp {
namespace {

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
  Descriptor fd = is_planted(path) ? Descriptor() : copy_of_descriptor(path);
  if (fd || is_special_file(path)) {
    if (!fd) fd.reset(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd) throw_errno("open", path);
    require_done(write_all(fd.get(), bytes), "write", path);
    if (::close(fd.release()) != 0) throw_errno("write", path);
    return;
  }
  const std::string folder = folder_of(path);
  const Descriptor dir(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir) throw_errno("create", path);
  // Several programs may write the file, and strangers beside it.
  const std::string name(base_name(path));
  const std::string part = fmt::format("{}.{:08x}.tmp", name, std::random_device()());
  require_done(put_file(dir.get(), part, name, bytes, 0666, Sync::kNow), "write", path);
  require_done(sync_descriptor(dir.get()), "sync", folder);
}

void append_to_file(const std::string& path, std::string_view bytes) {
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file) throw_errno("open", path);
  require_done(write_all(file.get(), bytes), "write", path);
}

void discard_file(const std::string& path) {
  std::error_code none;
  std::string file = path;
  if (!is_planted(path)) {
    if (copy_of_descriptor(path)) return;
    // The file itself: a link of the user's own stays.
    file = std::filesystem::canonical(path, none);
    struct stat info {};
    if (none || ::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  }
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) throw_errno("remove the earlier", path);
}

}  // namespace sp
