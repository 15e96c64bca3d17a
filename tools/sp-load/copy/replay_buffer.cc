#include "sp-load/copy/replay_buffer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "sp/base/diagnostic.h"

namespace sp::load {
namespace {

int open_unnamed_file() {
  const char* wanted = std::getenv("TMPDIR");
  const std::string folder = wanted == nullptr || *wanted == '\0' ? "/tmp" : wanted;
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0) return fd;
  std::string path = folder + "/sp-load.XXXXXX";  // file systems without O_TMPFILE
  const int named = ::mkostemp(path.data(), O_CLOEXEC);
  if (named < 0) throw_errno("create a temporary file in", folder);
  ::unlink(path.c_str());
  return named;
}

}  // namespace

ReplayBuffer::~ReplayBuffer() {
  if (fd_ >= 0) ::close(fd_);
}

void ReplayBuffer::append(std::string_view bytes) {
  if (fd_ < 0 && memory_.size() + bytes.size() > memory_limit_) move_to_file();
  if (fd_ < 0) {
    memory_.insert(memory_.end(), bytes.begin(), bytes.end());
  } else {
    write_file(bytes);
  }
  size_ += bytes.size();
}

void ReplayBuffer::move_to_file() {
  fd_ = open_unnamed_file();
  write_file({memory_.data(), memory_.size()});
  std::vector<char>().swap(memory_);
}

void ReplayBuffer::write_file(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) {
      throw_errno("keep the input in", "a temporary file ($TMPDIR names the folder)");
    }
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::size_t ReplayBuffer::read(std::uint64_t offset, char* buffer, std::size_t capacity) const {
  if (offset >= size_) return 0;
  if (fd_ < 0) {
    const auto at = static_cast<std::size_t>(offset);
    const std::size_t n = std::min(capacity, memory_.size() - at);
    std::memcpy(buffer, memory_.data() + at, n);
    return n;
  }
  for (;;) {
    const ssize_t n = ::pread(fd_, buffer, capacity, static_cast<off_t>(offset));
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) throw_errno("read back", "the temporary file of the input");
  }
}

}  // namespace sp::load
