// Bytes packed on their way out, as gzip or Zstandard: what byte_source.h unpacks.
#pragma once

#include <memory>
#include <string_view>

#include "sp/io/byte_sink.h"

namespace sp {

enum class Compression { kNone, kGzip, kZstd };

// By the end of a file's name: .gz, .zst; anything else is kNone.
Compression compression_of_name(std::string_view path);

// One frame. A flush() packs what was appended and may keep it: the frame ends with finish(), or
// with close(), which closes the destination too.
class CompressedSink : public ByteSink {
 public:
  // Ends the frame and flushes the destination; nothing may be appended then. Idempotent.
  virtual void finish() = 0;
};

// Into `inner`. `compression` is not kNone. Throws Error(kIoErr) where the library cannot.
std::unique_ptr<CompressedSink> compress(std::unique_ptr<ByteSink> inner, Compression compression);

}  // namespace sp
