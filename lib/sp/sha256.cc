// libcrypto's plain functions, not its EVP interface: that one looks for providers first, which
// costs more than a small file's hash, and each tool hashes its schema. OpenSSL 3 calls them
// deprecated.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "sp/sha256.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "sp/diagnostic.h"

namespace sp {
namespace {

void require(int ok) {
  if (ok != 1) throw Error(ExitCode::kSoftware, "libcrypto cannot compute SHA-256");
}

}  // namespace

struct Sha256::Impl {
  SHA256_CTX context;
};

Sha256::Sha256() : impl_(new Impl) { require(SHA256_Init(&impl_->context)); }

Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  require(SHA256_Update(&impl_->context, bytes.data(), bytes.size()));
}

std::string Sha256::hex() {
  static constexpr char kHex[] = "0123456789abcdef";
  unsigned char digest[SHA256_DIGEST_LENGTH];
  require(SHA256_Final(digest, &impl_->context));
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
