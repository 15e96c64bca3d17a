// Where a tool's bytes come from: a file, standard input, memory; unpacked on the way where the
// first bytes say gzip, Zstandard, xz or bzip2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sp {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Reads at most `capacity` bytes into `buffer` (the caller's); blocks; 0 only at the end.
  // Throws Error(kIoErr) where a read fails, Error(kDataErr) where a compressed stream is damaged
  // or truncated.
  virtual std::size_t read(char* buffer, std::size_t capacity) = 0;
  // As the user named it (SourceOptions::name); "-" is standard input.
  const std::string& name() const { return name_; }
  // Bytes taken from the file so far (compressed ones where it is compressed), for progress.
  virtual std::uint64_t bytes_consumed() const = 0;
  // Size of the file in bytes, 0 where it is not known (a pipe).
  virtual std::uint64_t size_hint() const { return 0; }
  // XXH128 (xxh128.h) of the bytes taken from the file so far; all of them, once read() has
  // returned 0. Empty where SourceOptions::xxh128 is off, and where the input is standard input or
  // no regular file.
  virtual std::string xxh128() const { return ""; }

 protected:
  explicit ByteSource(std::string name) : name_(std::move(name)) {}

 private:
  std::string name_;
};

struct SourceOptions {
  // A compressed input that unpacks to more than this is refused with kDataErr; 0 is no limit.
  std::uint64_t max_unpacked_bytes = 0;
  bool xxh128 = false;  // sum up what is read
  std::string name;     // what the source is called; empty: as its path
};

// Opens `path` ("-" is standard input); what it is packed with is told by its first bytes
// (packing.h), and what holds no text is refused. Throws Error(kNoInput) where it cannot be opened
// or is a directory.
std::unique_ptr<ByteSource> open_source(const std::string& path, const SourceOptions& options = {});

// Reads from `text`, which must outlive the source; at most `chunk` bytes a read (for tests).
std::unique_ptr<ByteSource> memory_source(std::string_view text, std::string name = "-",
                                          std::size_t chunk = SIZE_MAX);

}  // namespace sp
