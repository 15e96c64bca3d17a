// The beginning of a file, unpacked, which is read once however often it is looked at.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <string>

#include "sp/io/byte_source.h"

namespace sp::choose {

class FileHead {
 public:
  // No more of a file is read. A header is a few hundred bytes; what has none in so many is no
  // table.
  static constexpr std::size_t kMost = std::size_t{1} << 20;

  // Throws Error(kNoInput) for what is not there or cannot be read, kDataErr for what cannot be
  // unpacked.
  explicit FileHead(const std::string& path) : source_(open_source(path)) {}
  explicit FileHead(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  // The file from its first byte; must not outlive this. read() throws Error(kDataErr) after
  // kMost bytes.
  std::unique_ptr<ByteSource> open();
  // Throws again what the file itself threw while it was read, whoever read it; else does nothing.
  void check() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  class Source;
  bool read_more();  // false at the end

  std::unique_ptr<ByteSource> source_;
  std::string bytes_;
  std::exception_ptr failure_;
};

}  // namespace sp::choose
