#include "sp/io/durable.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "sp/base/diagnostic.h"
#include "sp/base/fault_point.h"
#include "sp/io/descriptor.h"

namespace sp {
namespace {

constexpr std::size_t kCopyBlock = 256 * 1024;
constexpr int kReadFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

ssize_t read_full(int fd, char* data, std::size_t size) {
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n = ::read(fd, data + got, size - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return n;
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  return static_cast<ssize_t>(got);
}

// A new file, whatever lay under its name.
Descriptor create_new(int dir, const std::string& name, mode_t mode) {
  ::unlinkat(dir, name.c_str(), 0);
  return Descriptor(
      ::openat(dir, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
}

int copy_bytes(int from, int to) {
  const std::unique_ptr<char[]> block(new char[kCopyBlock]);
  for (;;) {
    const ssize_t n = read_full(from, block.get(), kCopyBlock);
    if (n < 0) return errno;
    if (n == 0) return 0;
    if (const int error = write_all(to, {block.get(), static_cast<std::size_t>(n)})) return error;
  }
}

int copy_file(int from_dir, const std::string& from, int to_dir, const std::string& part) {
  const Descriptor source(::openat(from_dir, from.c_str(), kReadFlags));
  struct stat st;
  if (!source || ::fstat(source.get(), &st) != 0) return errno;
  if (!S_ISREG(st.st_mode)) return EXDEV;  // only its rename would be safe
  const Descriptor target = create_new(to_dir, part, st.st_mode & 0777);
  if (!target) return errno;
  if (const int error = copy_bytes(source.get(), target.get())) return error;
  const struct timespec times[] = {st.st_atim, st.st_mtim};
  ::futimens(target.get(), times);  // a wish: the bytes are what counts
  return sync_descriptor(target.get());
}

bool begins_with(int whole, int beginning) {
  const std::unique_ptr<char[]> block(new char[2 * kCopyBlock]);
  for (;;) {
    const ssize_t n = read_full(beginning, block.get(), kCopyBlock);
    if (n <= 0) return n == 0;
    const auto size = static_cast<std::size_t>(n);
    const ssize_t m = read_full(whole, block.get() + kCopyBlock, size);
    if (m != n || std::memcmp(block.get(), block.get() + kCopyBlock, size) != 0) return false;
  }
}

// Whether the first is a beginning of the second, and of a size that `fits` that of the second.
template <typename Fits>
bool is_beginning(int a_dir, const std::string& a, int b_dir, const std::string& b, Fits fits) {
  const Descriptor left(::openat(a_dir, a.c_str(), kReadFlags));
  const Descriptor right(::openat(b_dir, b.c_str(), kReadFlags));
  struct stat l;
  struct stat r;
  return left && right && ::fstat(left.get(), &l) == 0 && ::fstat(right.get(), &r) == 0 &&
         S_ISREG(l.st_mode) && S_ISREG(r.st_mode) && fits(l.st_size, r.st_size) &&
         begins_with(right.get(), left.get());
}

int rename_over(int from_dir, const std::string& from, int to_dir, const std::string& to) {
  return ::renameat(from_dir, from.c_str(), to_dir, to.c_str()) == 0 ? 0 : errno;
}

using Rename = int (*)(int, const std::string&, int, const std::string&);

int move_across(int from_dir, const std::string& from, int to_dir, const std::string& to,
                Rename put) {
  if (!same_content(from_dir, from, to_dir, to)) {
    if (put != rename_over && exists(to_dir, to)) return EEXIST;
    const std::string part = part_name(to);
    int error = copy_file(from_dir, from, to_dir, part);
    if (error == 0) error = put(to_dir, part, to_dir, to);
    if (error != 0) {
      ::unlinkat(to_dir, part.c_str(), 0);
      return error;
    }
  }
  SP_FAULT("file-copied");
  if (const int error = sync_descriptor(to_dir)) return error;
  return ::unlinkat(from_dir, from.c_str(), 0) == 0 ? 0 : errno;
}

int move_by(Rename put, int from_dir, const std::string& from, int to_dir, const std::string& to) {
  int error = put(from_dir, from, to_dir, to);
  if (error == EXDEV) error = move_across(from_dir, from, to_dir, to, put);
  if (error != 0) return error;
  SP_FAULT("file-moved");
  return 0;
}

}  // namespace

int rename_noreplace(int from_dir, const std::string& from, int to_dir, const std::string& to) {
  if (::renameat2(from_dir, from.c_str(), to_dir, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) return errno;
  if (exists(to_dir, to)) return EEXIST;
  return ::renameat(from_dir, from.c_str(), to_dir, to.c_str()) == 0 ? 0 : errno;
}

int move_file(int from_dir, const std::string& from, int to_dir, const std::string& to) {
  return move_by(rename_noreplace, from_dir, from, to_dir, to);
}

int move_file_over(int from_dir, const std::string& from, int to_dir, const std::string& to) {
  return move_by(rename_over, from_dir, from, to_dir, to);
}

int put_file(int dir, const std::string& part, const std::string& name, std::string_view content,
             mode_t mode, Sync sync) {
  Descriptor file = create_new(dir, part, mode);
  if (!file) return errno;
  int error = write_all(file.get(), content);
  if (error == 0 && sync == Sync::kNow) error = sync_descriptor(file.get());
  // NFS and quotas tell of a full disk only here.
  if (::close(file.release()) != 0 && error == 0) error = errno;
  if (error == 0 && ::renameat(dir, part.c_str(), dir, name.c_str()) != 0) error = errno;
  if (error != 0) ::unlinkat(dir, part.c_str(), 0);
  return error;
}

void write_file(int dir, const std::string& name, std::string_view content, Sync sync) {
  require_done(put_file(dir, part_name(name), name, content, 0644, sync), "write", name);
}

int sync_named(int dir, const std::string& name) {
  struct stat st;
  if (::fstatat(dir, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode)) return 0;
  const Descriptor file(::openat(dir, name.c_str(), kReadFlags));
  return file ? sync_descriptor(file.get()) : 0;
}

bool same_content(int a_dir, const std::string& a, int b_dir, const std::string& b) {
  return is_beginning(a_dir, a, b_dir, b, [](off_t l, off_t r) { return l == r; });
}

bool is_beginning_of(int a_dir, const std::string& a, int b_dir, const std::string& b) {
  return is_beginning(a_dir, a, b_dir, b, [](off_t l, off_t r) { return l <= r; });
}

bool exists(int dir, const std::string& name) {
  return ::faccessat(dir, name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

int remove_tree(int dir, const std::string& name) {
  if (::unlinkat(dir, name.c_str(), 0) == 0 || errno == ENOENT) return 0;
  if (errno != EISDIR) return errno;
  const int fd = ::openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(fd), ::closedir);
  if (!entries) return errno;
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string inner = entry->d_name;
    if (inner == "." || inner == "..") continue;
    if (const int error = remove_tree(fd, inner)) return error;
  }
  return ::unlinkat(dir, name.c_str(), AT_REMOVEDIR) == 0 ? 0 : errno;
}

std::string part_name(const std::string& name) { return "." + name + ".part"; }

}  // namespace sp
