// What tells a file's bytes from others, as they lie on the disk (compressed ones where it is
// compressed).
#pragma once

#include <atomic>
#include <string>

namespace sp::load {

// Both as hexadecimal digits in lower case.
struct FileDigests {
  std::string sha256;  // the ledger's key
  std::string xxh128;  // what reports of the stages have: sp/xxh128.h
};

// Opens the file at once and reads it once, later.
class FileReading {
 public:
  // Throws Error(kNoInput) where it cannot be opened.
  explicit FileReading(std::string path);
  ~FileReading();
  FileReading(const FileReading&) = delete;
  FileReading& operator=(const FileReading&) = delete;
  // To be called once. Throws Error(kIoErr) where it cannot be read. Those of its beginning after
  // stop(), which may be called from another thread.
  FileDigests digests();
  void stop() { is_stopped_ = true; }

 private:
  std::string path_;
  int fd_;
  std::atomic<bool> is_stopped_ = false;
};

}  // namespace sp::load
