#include "sp/sha256.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "sp/diagnostic.h"

namespace sp {
namespace {

void require(int ok) {
  if (ok != 1) throw Error(ExitCode::kSoftware, "libcrypto cannot compute SHA-256");
}

struct OpenFile {
  int fd;
  ~OpenFile() { ::close(fd); }
};

}  // namespace

struct Sha256::Impl {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~Impl() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : impl_(new Impl) {
  if (impl_->context == nullptr) throw std::bad_alloc();
  require(EVP_DigestInit_ex(impl_->context, EVP_sha256(), nullptr));
}

Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  require(EVP_DigestUpdate(impl_->context, bytes.data(), bytes.size()));
}

std::string Sha256::hex() {
  static constexpr char kHex[] = "0123456789abcdef";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  require(EVP_DigestFinal_ex(impl_->context, digest, &size));
  std::string out;
  for (unsigned int i = 0; i < size; ++i) {
    out += kHex[digest[i] >> 4];
    out += kHex[digest[i] & 15];
  }
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

std::string sha256_hex_of_file(const std::string& path) {
  const OpenFile file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) throw_errno("open", path, ExitCode::kNoInput);
  Sha256 hash;
  std::vector<char> buffer(256 * 1024);
  for (;;) {
    const ssize_t n = ::read(file.fd, buffer.data(), buffer.size());
    if (n == 0) return hash.hex();
    if (n > 0) {
      hash.update({buffer.data(), static_cast<std::size_t>(n)});
    } else if (errno != EINTR) {
      throw_errno("read", path, errno == EISDIR ? ExitCode::kNoInput : ExitCode::kIoErr);
    }
  }
}

}  // namespace sp
