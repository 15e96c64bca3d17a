// A vector that grows without moving what it holds: no element is copied, and memory is never held
// twice.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace sp {

// In blocks of `kBlock` elements, so that one needs no division and the table of the blocks stays
// near the processor.
template <class T>
class ChunkedVector {
 public:
  T& operator[](std::size_t i) { return blocks_[i / kBlock][i % kBlock]; }
  const T& operator[](std::size_t i) const { return blocks_[i / kBlock][i % kBlock]; }
  std::size_t size() const { return size_; }
  // Default elements at the end.
  void grow(std::size_t count) {
    size_ += count;
    while (blocks_.size() * kBlock < size_) blocks_.push_back(std::make_unique<T[]>(kBlock));
  }

 private:
  static constexpr std::size_t kBlock = 1024;
  std::vector<std::unique_ptr<T[]>> blocks_;
  std::size_t size_ = 0;
};

}  // namespace sp
