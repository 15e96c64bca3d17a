// Copies a cell's text: most are shorter than a call of memcpy is worth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sp {

template <typename Word>
void copy_ends(char* out, const char* in, std::size_t n) {
  Word head, tail;
  std::memcpy(&head, in, sizeof head);
  std::memcpy(&tail, in + n - sizeof tail, sizeof tail);
  std::memcpy(out, &head, sizeof head);
  std::memcpy(out + n - sizeof tail, &tail, sizeof tail);
}

// `n` bytes; nothing beyond them is read or written. `in` may be null where they are none.
inline void copy_cell(char* out, const char* in, std::size_t n) {
  if (n > 16) {
    std::memcpy(out, in, n);
  } else if (n >= 8) {
    copy_ends<std::uint64_t>(out, in, n);
  } else if (n >= 4) {
    copy_ends<std::uint32_t>(out, in, n);
  } else if (n >= 2) {
    copy_ends<std::uint16_t>(out, in, n);
  } else if (n == 1) {
    *out = *in;
  }
}

}  // namespace sp
