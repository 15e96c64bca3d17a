// SHA-256 through Nettle, as 64 hexadecimal digits in lower case: the ledger's key of a file.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sp {

// Bytes in pieces; hex() ends it and must come once, last.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void update(std::string_view bytes);
  std::string hex();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string sha256_hex(std::string_view bytes);

// Of a file's bytes as they lie on the disk (compressed ones where it is compressed).
class FileSha256 {
 public:
  // Throws Error(kNoInput) where it cannot be opened.
  explicit FileSha256(std::string path);
  ~FileSha256();
  FileSha256(const FileSha256&) = delete;
  FileSha256& operator=(const FileSha256&) = delete;
  // Reads it, once. Throws Error(kIoErr) where it cannot be read.
  std::string hex();

 private:
  std::string path_;
  int fd_;
};

}  // namespace sp
