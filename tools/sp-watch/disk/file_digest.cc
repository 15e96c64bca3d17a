#include "sp-watch/disk/file_digest.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "sp/io/sha256.h"

namespace sp::watch {

std::string sha256_of_small(int fd) {
  constexpr off_t kMost = 4 << 20;  // bytes
  struct stat st;
  if (::fstat(fd, &st) != 0 || st.st_size > kMost) return "";
  Sha256 sum;
  std::vector<char> piece(64 << 10);
  for (off_t at = 0; at <= kMost;) {
    const ssize_t n = ::pread(fd, piece.data(), piece.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return "";
    if (n == 0) return sum.hex();
    sum.update({piece.data(), static_cast<std::size_t>(n)});
    at += n;
  }
  return "";
}

}  // namespace sp::watch
