// XXH3 of 128 bits (xxHash 0.8, https://github.com/Cyan4973/xxHash), as the 32 hexadecimal digits
// that xxh128sum prints. It tells whether two programs read the same bytes, for some percent of
// what SHA-256 costs; against bytes that were made to collide it is no proof.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sp {

// Bytes in pieces; hex() may come at any time, of what came so far.
class Xxh128 {
 public:
  Xxh128();
  ~Xxh128();
  void update(std::string_view bytes);
  std::string hex() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string xxh128_hex(std::string_view bytes);

}  // namespace sp
