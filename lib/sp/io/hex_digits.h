// Bytes as hexadecimal digits in lower case, as sums of files are shown.
#pragma once

#include <span>
#include <string>

namespace sp {

inline std::string hex_digits(std::span<const unsigned char> bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : bytes) {
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

}  // namespace sp
