#include "sp/io/descriptor.h"

#include <fcntl.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

namespace sp {

Descriptor copy_of_descriptor(const std::string& path) {
  namespace fs = std::filesystem;
  constexpr int kMostLinks = 40;  // as the kernel follows
  std::error_code error;
  const fs::path own = fs::canonical("/proc/self/fd", error);
  fs::path at = path;
  for (int links = 0; !error && links < kMostLinks; ++links) {
    const fs::path folder = at.has_parent_path() ? at.parent_path() : fs::path(".");
    const fs::path parent = fs::canonical(folder, error);
    if (error) break;
    const std::string name = at.filename();
    int fd = -1;
    const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), fd);
    if (parent == own && wrong == std::errc() && end == name.data() + name.size()) {
      return Descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    }
    at = parent / fs::read_symlink(parent / name, error);
  }
  return {};
}

int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return errno;
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

int sync_descriptor(int fd) {
  if (::fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS) return 0;
  return errno;
}

}  // namespace sp
