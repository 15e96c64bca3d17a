// Where a tool's bytes go: one buffer in front of a file descriptor or a string.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace sp {

// Append-only. Bytes appended are copied; they reach the destination when the buffer is full, at
// flush() and at close(). Nothing is flushed by the destructor: a tool that throws must not look as
// if its output were whole. Every failed write throws Error(kIoErr); EPIPE ends the process by
// SIGPIPE, whose disposition the tools leave at the default.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;

  void append(std::string_view bytes) {
    if (bytes.size() > capacity_ - used_) return append_slow(bytes);
    if (bytes.empty()) return;  // whose data() may be null, which memcpy must not be given
    std::memcpy(buffer_.get() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
  }
  void append(char c) {
    if (used_ == capacity_) drain_buffer();
    buffer_[used_++] = c;
  }
  // Room for `n` bytes (n <= kMaxReserve) to be written in place; tell with commit() how many were.
  char* reserve(std::size_t n) {
    if (n > capacity_ - used_) drain_buffer();
    return buffer_.get() + used_;
  }
  void commit(std::size_t n) { used_ += n; }
  void flush() { drain_buffer(); }
  // Flushes and closes the destination; an error of close(2) throws too. Idempotent.
  virtual void close() { flush(); }

  // From now on a reader that leaves ends nothing: what it does not read is dropped. For a tool
  // that has a verdict to give whoever listens. Standard output alone heeds it, and SIGPIPE is
  // ignored in the whole process then.
  virtual void outlive_reader() {}

  static constexpr std::size_t kDefaultCapacity = std::size_t{256} * 1024;
  static constexpr std::size_t kMaxReserve = 64 * 1024;

 protected:
  explicit ByteSink(std::size_t capacity = kDefaultCapacity)
      : buffer_(new char[capacity]), capacity_(capacity) {}
  virtual void drain(std::string_view bytes) = 0;  // writes all of it or throws

 private:
  void append_slow(std::string_view bytes);
  void drain_buffer();
  std::unique_ptr<char[]> buffer_;
  std::size_t used_ = 0;
  std::size_t capacity_;
};

// Standard output for "-". Otherwise creates or truncates `path`. Throws Error(kIoErr).
std::unique_ptr<ByteSink> open_sink(const std::string& path);
// Appends to `out`, which must outlive the sink.
std::unique_ptr<ByteSink> string_sink(std::string& out);

}  // namespace sp
