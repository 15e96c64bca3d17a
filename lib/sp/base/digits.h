// Digits, eight at a time: a word holds eight characters, the first in its lowest byte. What
// `number` and `timestamp` read with.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sp::digits {

inline constexpr std::uint64_t kOnes = 0x0101010101010101;
inline constexpr std::uint64_t kHighBits = 0x8080808080808080;
inline constexpr std::uint64_t kZeros = 0x3030303030303030;  // "00000000"

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }

inline std::uint64_t load8(const char* p) {
  std::uint64_t word = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&word, p, 8);
  } else {
    for (int i = 7; i >= 0; --i) word = word << 8 | static_cast<unsigned char>(p[i]);
  }
  return word;
}

inline void store8(char* p, std::uint64_t word) {
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(p, &word, 8);
  } else {
    for (int i = 0; i < 8; ++i, word >>= 8) p[i] = static_cast<char>(word);
  }
}

// `size` (1 to 8) characters with zeros before them, so that their number stays the same. Reads
// nothing beyond them.
inline std::uint64_t load_padded(const char* p, std::size_t size) {
  std::uint64_t word = 0;
  if (size >= 4 && std::endian::native == std::endian::little) {
    std::uint32_t head = 0;
    std::uint32_t tail = 0;
    std::memcpy(&head, p, 4);
    std::memcpy(&tail, p + size - 4, 4);
    word = head | static_cast<std::uint64_t>(tail) << (8 * (size - 4));
  } else {
    for (std::size_t i = size; i-- > 0;) word = word << 8 | static_cast<unsigned char>(p[i]);
  }
  return word << (8 * (8 - size)) | kZeros >> 8 >> (8 * (size - 1));
}

// The same, faster; the eight bytes from `p` must be readable.
inline std::uint64_t load_padded_ahead(const char* p, std::size_t size) {
  const std::size_t padding = 8 * (8 - size);
  return load8(p) << padding | kZeros >> 8 >> (56 - padding);
}

inline bool are_digits(std::uint64_t word) {
  return (((word + 0x4646464646464646) | (word - kZeros)) & kHighBits) == 0;
}

// The number that eight digits are.
inline std::uint32_t value(std::uint64_t word) {
  constexpr std::uint64_t kMask = 0x000000ff000000ff;
  word -= kZeros;
  word = word * 10 + (word >> 8);  // pairs, in every other byte
  word = (word & kMask) * 0x000f424000000064 + ((word >> 16) & kMask) * 0x0000271000000001;
  return static_cast<std::uint32_t>(word >> 32);
}

// Takes the first '.' out of the word and puts a zero before the rest. Returns how many characters
// stand after it, or -1 where there is none.
inline int take_point(std::uint64_t& word) {
  const std::uint64_t other = word ^ 0x2e2e2e2e2e2e2e2e;
  const std::uint64_t points = (other - kOnes) & ~other & kHighBits;
  if (points == 0) return -1;
  const int at = std::countr_zero(points) >> 3;
  const std::uint64_t before = word & ((std::uint64_t{1} << (8 * at)) - 1);
  const std::uint64_t after = word & (~std::uint64_t{0xff} << (8 * at));
  word = before << 8 | after | 0x30;
  return 7 - at;
}

}  // namespace sp::digits
