#include "sp/io/byte_sink.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "sp/base/diagnostic.h"
#include "sp/io/descriptor.h"

namespace sp {
namespace {

class FdSink final : public ByteSink {
 public:
  FdSink(std::string name, int fd) : name_(std::move(name)), fd_(fd) {}
  ~FdSink() override {
    if (fd_ > STDERR_FILENO) ::close(fd_);
  }

  void close() override {
    if (fd_ < 0) return;
    flush();
    const int fd = fd_;
    fd_ = -1;
    // NFS and quotas tell of a full disk only here. EINTR leaves the descriptor closed on Linux.
    if (::close(fd) != 0 && errno != EINTR) throw_errno("write", name_);
  }

  void outlive_reader() override {
    outlives_reader_ = fd_ == STDOUT_FILENO && ::signal(SIGPIPE, SIG_IGN) != SIG_ERR;
  }

 protected:
  void drain(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(n));
      } else if (errno == EPIPE && outlives_reader_) {
        return;
      } else if (errno == EAGAIN) {  // somebody made a shared descriptor non-blocking
        pollfd wait{fd_, POLLOUT, 0};
        ::poll(&wait, 1, -1);
      } else if (errno != EINTR) {
        throw_errno("write", name_);
      }
    }
  }

 private:
  std::string name_;
  int fd_;
  bool outlives_reader_ = false;
};

class StringSink final : public ByteSink {
 public:
  explicit StringSink(std::string& out) : out_(out) {}

 protected:
  void drain(std::string_view bytes) override { out_ += bytes; }

 private:
  std::string& out_;
};

}  // namespace

void ByteSink::drain_buffer() {
  const std::size_t n = used_;
  used_ = 0;
  if (n != 0) drain({buffer_.get(), n});
}

void ByteSink::append_slow(std::string_view bytes) {
  drain_buffer();
  if (bytes.size() >= capacity_) return drain(bytes);
  std::memcpy(buffer_.get(), bytes.data(), bytes.size());
  used_ = bytes.size();
}

std::unique_ptr<ByteSink> open_sink(const std::string& path) {
  if (path == "-") return std::make_unique<FdSink>("standard output", STDOUT_FILENO);
  if (Descriptor copy = copy_of_descriptor(path)) {
    return std::make_unique<FdSink>(path, copy.release());
  }
  for (;;) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd >= 0) return std::make_unique<FdSink>(path, fd);
    if (errno != EINTR) throw_errno("create", path);
  }
}

std::unique_ptr<ByteSink> string_sink(std::string& out) {
  return std::make_unique<StringSink>(out);
}

}  // namespace sp
