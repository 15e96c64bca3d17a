#include "sp-load/ledger/file_digests.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "sp/base/diagnostic.h"
#include "sp/io/sha256.h"
#include "sp/io/xxh128.h"

namespace sp::load {

FileReading::FileReading(std::string path)
    : path_(std::move(path)), fd_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (fd_ < 0) throw_errno("open", path_, ExitCode::kNoInput);
}

FileReading::~FileReading() { ::close(fd_); }

FileDigests FileReading::digests() {
  Sha256 sha256;
  Xxh128 xxh128;
  std::vector<char> buffer(256 * 1024);
  for (;;) {
    const ssize_t n = ::read(fd_, buffer.data(), buffer.size());
    if (n == 0 || is_stopped_) return {sha256.hex(), xxh128.hex()};
    if (n > 0) {
      const std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
      sha256.update(bytes);
      xxh128.update(bytes);
    } else if (errno != EINTR) {
      throw_errno("read", path_, errno == EISDIR ? ExitCode::kNoInput : ExitCode::kIoErr);
    }
  }
}

}  // namespace sp::load
