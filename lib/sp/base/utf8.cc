#include "sp/base/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace sp {
namespace {

bool is_continuation(unsigned char c, unsigned char low = 0x80, unsigned char high = 0xbf) {
  return c >= low && c <= high;
}

}  // namespace

std::size_t utf8_sequence(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned char {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
  };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return at < text.size() ? 1 : 0;
  if (lead >= 0xc2 && lead <= 0xdf) return is_continuation(byte(1)) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const unsigned char low = lead == 0xe0 ? 0xa0 : 0x80;   // no overlong forms
    const unsigned char high = lead == 0xed ? 0x9f : 0xbf;  // no surrogates
    return is_continuation(byte(1), low, high) && is_continuation(byte(2)) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const unsigned char low = lead == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xf4 ? 0x8f : 0xbf;  // not above U+10FFFF
    return is_continuation(byte(1), low, high) && is_continuation(byte(2)) &&
                   is_continuation(byte(3))
               ? 4
               : 0;
  }
  return 0;
}

std::size_t find_invalid_utf8(std::string_view text) {
  constexpr std::size_t kStride = 64;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= kStride) {
      std::uint64_t words[kStride / sizeof(std::uint64_t)];
      std::memcpy(words, text.data() + at, kStride);
      std::uint64_t all = 0;
      for (const std::uint64_t word : words) all |= word;
      if ((all & 0x8080808080808080) == 0) {
        at += kStride;
        continue;
      }
    }
    // Up to the next stride's beginning one by one: text of other scripts is dense in such bytes.
    for (const std::size_t stop = std::min(at + kStride, text.size()); at < stop;) {
      const std::size_t length = utf8_sequence(text, at);
      if (length == 0) return at;
      at += length;
    }
  }
  return std::string_view::npos;
}

std::size_t utf8_length(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

char32_t utf8_decode(std::string_view sequence) {
  static constexpr std::uint8_t kLeadMask[] = {0x00, 0x7f, 0x1f, 0x0f, 0x07};
  char32_t point = static_cast<unsigned char>(sequence[0]) & kLeadMask[sequence.size()];
  for (const char c : sequence.substr(1)) {
    point = (point << 6) | (static_cast<unsigned char>(c) & 0x3fu);
  }
  return point;
}

}  // namespace sp
