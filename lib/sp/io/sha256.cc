// Nettle is as fast as libcrypto, and each tool hashes its schema: to load and start libcrypto
// would cost it more than all of its other libraries.
#include "sp/io/sha256.h"

#include <nettle/sha2.h>

#include "sp/io/hex_digits.h"

namespace sp {

struct Sha256::Impl {
  sha256_ctx context;
};

Sha256::Sha256() : impl_(new Impl) { sha256_init(&impl_->context); }

Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  sha256_update(&impl_->context, bytes.size(),
                reinterpret_cast<const unsigned char*>(bytes.data()));
}

std::string Sha256::hex() {
  unsigned char digest[SHA256_DIGEST_SIZE];
  sha256_digest(&impl_->context, sizeof digest, digest);
  return hex_digits(digest);
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

}  // namespace sp
