// Bytes that were read from a stream that cannot be read twice: in memory up to a threshold, then
// in a file that has no name and vanishes with the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sp::load {

class ReplayBuffer {
 public:
  // The file is made in $TMPDIR, or /tmp, where more than `memory_limit` bytes come.
  explicit ReplayBuffer(std::size_t memory_limit = kMemoryLimit) : memory_limit_(memory_limit) {}
  ~ReplayBuffer();
  ReplayBuffer(const ReplayBuffer&) = delete;
  ReplayBuffer& operator=(const ReplayBuffer&) = delete;

  // Throws Error(kIoErr): the disk is full.
  void append(std::string_view bytes);
  // At most `capacity` bytes from `offset` on; 0 at the end.
  std::size_t read(std::uint64_t offset, char* buffer, std::size_t capacity) const;
  std::uint64_t size() const { return size_; }

  static constexpr std::size_t kMemoryLimit = 4 << 20;

 private:
  void write_file(std::string_view bytes);
  void move_to_file();
  std::size_t memory_limit_;
  std::vector<char> memory_;
  int fd_ = -1;  // the file, where there is one: then it holds everything
  std::uint64_t size_ = 0;
};

}  // namespace sp::load
