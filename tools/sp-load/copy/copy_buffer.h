// A growing buffer of bytes for COPY, written through a pointer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace sp::load {

// Values in network order, which is what binary COPY wants.
inline void put16(char* out, std::uint16_t value) {
  value = __builtin_bswap16(value);
  std::memcpy(out, &value, sizeof value);
}
inline void put32(char* out, std::uint32_t value) {
  value = __builtin_bswap32(value);
  std::memcpy(out, &value, sizeof value);
}
inline void put64(char* out, std::uint64_t value) {
  value = __builtin_bswap64(value);
  std::memcpy(out, &value, sizeof value);
}

inline std::uint32_t get32(const char* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap32(value);
}

// The length of a field of binary COPY that is NULL.
inline constexpr std::uint32_t kNullLength = 0xffffffff;

class CopyBuffer {
 public:
  explicit CopyBuffer(std::size_t capacity = 0) : bytes_(new char[capacity]), capacity_(capacity) {}
  // Room for `n` more bytes; valid until the next call of a function that is not const.
  char* reserve(std::size_t n) {
    if (n > capacity_ - size_) grow(n);
    return bytes_.get() + size_;
  }
  void commit(std::size_t n) { size_ += n; }
  void append(std::string_view bytes) {
    std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
    commit(bytes.size());
  }
  void append(char c) {
    *reserve(1) = c;
    commit(1);
  }
  void truncate(std::size_t size) { size_ = size; }
  std::size_t size() const { return size_; }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  void grow(std::size_t n) {
    std::size_t capacity = capacity_ * 2 + n;
    std::unique_ptr<char[]> bytes(new char[capacity]);
    std::memcpy(bytes.get(), bytes_.get(), size_);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_;
  std::size_t size_ = 0;
};

}  // namespace sp::load
