// Compiled in, so that no tool loads one more library at its start.
#define XXH_INLINE_ALL
#include "sp/io/xxh128.h"

#include <xxhash.h>

#include "sp/io/hex_digits.h"

namespace sp {

struct Xxh128::Impl {
  XXH3_state_t state;  // says itself how it is aligned
};

Xxh128::Xxh128() : impl_(new Impl) { XXH3_128bits_reset(&impl_->state); }

Xxh128::~Xxh128() = default;

void Xxh128::update(std::string_view bytes) {
  XXH3_128bits_update(&impl_->state, bytes.data(), bytes.size());
}

std::string Xxh128::hex() const {
  XXH128_canonical_t digest;
  XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(&impl_->state));
  return hex_digits(digest.digest);
}

std::string xxh128_hex(std::string_view bytes) {
  Xxh128 sum;
  sum.update(bytes);
  return sum.hex();
}

}  // namespace sp
