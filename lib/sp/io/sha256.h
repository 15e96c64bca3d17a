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

}  // namespace sp
