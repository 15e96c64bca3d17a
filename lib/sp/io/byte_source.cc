#include "sp/io/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "sp/base/diagnostic.h"
#include "sp/io/packing.h"
#include "sp/io/unpack.h"
#include "sp/io/xxh128.h"

namespace sp {
namespace {

std::string shown(const std::string& name) { return name == "-" ? "standard input" : name; }

// A file descriptor, closed at the end unless it is standard input. The bytes by which the format
// was recognised are handed out again before the rest.
class FdSource final : public ByteSource {
 public:
  FdSource(std::string name, int fd, bool xxh128) : ByteSource(std::move(name)), fd_(fd) {
    struct stat info {};
    if (fstat(fd_, &info) != 0) throw_errno("read", shown(this->name()), ExitCode::kNoInput);
    if (S_ISDIR(info.st_mode)) {
      errno = EISDIR;
      throw_errno("read", shown(this->name()), ExitCode::kNoInput);
    }
    if (!S_ISREG(info.st_mode)) return;
    const off_t at = lseek(fd_, 0, SEEK_CUR);
    size_ = static_cast<std::uint64_t>(std::max<off_t>(0, info.st_size - std::max<off_t>(0, at)));
    posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
    if (xxh128 && fd_ != STDIN_FILENO) xxh128_.emplace();
  }
  ~FdSource() override {
    if (fd_ != STDIN_FILENO) ::close(fd_);
  }

  std::size_t read(char* buffer, std::size_t capacity) override {
    if (peeked_at_ < peeked_.size()) {
      const std::size_t n = peeked_.copy(buffer, capacity, peeked_at_);
      peeked_at_ += n;
      return n;
    }
    return read_fd(buffer, capacity);
  }
  std::uint64_t bytes_consumed() const override { return consumed_; }
  std::uint64_t size_hint() const override { return size_; }
  std::string xxh128() const override { return xxh128_ ? xxh128_->hex() : ""; }

  // Reads one more byte ahead; false at the end.
  bool peek_more() {
    char c = 0;
    if (read_fd(&c, 1) == 0) return false;
    peeked_ += c;
    return true;
  }
  std::string_view peeked() const { return peeked_; }

 private:
  std::size_t read_fd(char* buffer, std::size_t capacity) {
    for (;;) {
      const ssize_t n = ::read(fd_, buffer, capacity);
      if (n >= 0) {
        const auto size = static_cast<std::size_t>(n);
        consumed_ += size;
        if (xxh128_) xxh128_->update({buffer, size});
        return size;
      }
      if (errno == EAGAIN) {  // somebody made a shared descriptor non-blocking
        pollfd wait{fd_, POLLIN, 0};
        ::poll(&wait, 1, -1);
      } else if (errno != EINTR) {
        throw_errno("read", shown(name()));
      }
    }
  }

  int fd_;
  std::uint64_t consumed_ = 0;
  std::uint64_t size_ = 0;
  std::string peeked_;
  std::size_t peeked_at_ = 0;
  std::optional<Xxh128> xxh128_;
};

class MemorySource final : public ByteSource {
 public:
  MemorySource(std::string_view text, std::string name, std::size_t chunk)
      : ByteSource(std::move(name)), text_(text), chunk_(chunk) {}
  std::size_t read(char* buffer, std::size_t capacity) override {
    const std::size_t n = text_.copy(buffer, std::min(capacity, chunk_), at_);
    at_ += n;
    return n;
  }
  std::uint64_t bytes_consumed() const override { return at_; }
  std::uint64_t size_hint() const override { return text_.size(); }

 private:
  std::string_view text_;
  std::size_t chunk_;
  std::size_t at_ = 0;
};

int open_for_reading(const std::string& path) {
  if (path == "-") return STDIN_FILENO;
  for (;;) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd >= 0) return fd;
    if (errno != EINTR) throw_errno("open", path, ExitCode::kNoInput);
  }
}

}  // namespace

std::unique_ptr<ByteSource> open_source(const std::string& path, const SourceOptions& options) {
  const std::string& name = options.name.empty() ? path : options.name;
  auto source = std::make_unique<FdSource>(name, open_for_reading(path), options.xxh128);
  // Byte by byte, and no further than needed: a pipe's writer may wait for an answer to its first
  // line.
  bool undecided = true;
  Packing packing = Packing::kNone;
  while (undecided && source->peek_more()) {
    packing = recognise_packing(name, source->peeked(), undecided);
  }
  if (packing == Packing::kNone) return source;
  return unpack(std::move(source), packing, options.max_unpacked_bytes);
}

std::unique_ptr<ByteSource> memory_source(std::string_view text, std::string name,
                                          std::size_t chunk) {
  return std::make_unique<MemorySource>(text, std::move(name), chunk);
}

}  // namespace sp
