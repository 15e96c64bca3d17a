// Nettle is as fast as libcrypto, and each tool hashes its schema: to load and start libcrypto
// would cost it more than all of its other libraries.
#include "sp/sha256.h"

#include <fcntl.h>
#include <nettle/sha2.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "sp/diagnostic.h"

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
  static constexpr char kHex[] = "0123456789abcdef";
  unsigned char digest[SHA256_DIGEST_SIZE];
  sha256_digest(&impl_->context, sizeof digest, digest);
  std::string out;
  for (const unsigned char byte : digest) {
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

FileSha256::FileSha256(std::string path)
    : path_(std::move(path)), fd_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (fd_ < 0) throw_errno("open", path_, ExitCode::kNoInput);
}

FileSha256::~FileSha256() { ::close(fd_); }

std::string FileSha256::hex() {
  Sha256 hash;
  std::vector<char> buffer(256 * 1024);
  for (;;) {
    const ssize_t n = ::read(fd_, buffer.data(), buffer.size());
    if (n == 0) return hash.hex();
    if (n > 0) {
      hash.update({buffer.data(), static_cast<std::size_t>(n)});
    } else if (errno != EINTR) {
      throw_errno("read", path_, errno == EISDIR ? ExitCode::kNoInput : ExitCode::kIoErr);
    }
  }
}

}  // namespace sp
