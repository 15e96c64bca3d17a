// A file descriptor that closes itself, and what is done through one. Functions that return int
// give 0 or an errno value.
#pragma once

#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

namespace sp {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}  // takes it over; -1 is none
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Descriptor() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

// A copy of the open descriptor that a path names: /dev/stdout, /dev/fd/3, a link to them. What is
// written to it goes where the other's own output goes, behind it, and nothing else in the file is
// touched. None for any other path, and for a descriptor that is not open.
Descriptor copy_of_descriptor(const std::string& path);

// Writes all of it, however often it is interrupted.
int write_all(int fd, std::string_view bytes);

// fsync; not an error where the file system cannot (EINVAL, ENOTSUP, EROFS).
int sync_descriptor(int fd);

}  // namespace sp
