#include "sp/base/key_hash.h"

#include <cstring>
#include <random>

namespace sp {
namespace {

constexpr std::uint64_t kOdd1 = 0x9e3779b97f4a7c15U;
constexpr std::uint64_t kOdd2 = 0xd6e8feb86659fd93U;

__extension__ using Wide = unsigned __int128;

std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

template <class T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// The last 1 to 8 bytes as one number; reads that overlap spare a loop.
std::uint64_t load_tail(const char* at, std::size_t n) {
  if (n >= 4) {
    return load<std::uint32_t>(at) | std::uint64_t{load<std::uint32_t>(at + n - 4)} << 32;
  }
  const auto byte = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(at[i])}; };
  return n == 0 ? 0 : byte(0) | byte(n / 2) << 8 | byte(n - 1) << 16;
}

std::uint64_t draw() {
  std::random_device chance;
  return std::uint64_t{chance()} << 32 | chance();
}

}  // namespace

std::uint64_t key_seed() {
  static const std::uint64_t seed = draw();
  return seed;
}

std::uint64_t key_hash(std::string_view key, std::uint64_t seed) {
  const char* at = key.data();
  std::size_t left = key.size();
  std::uint64_t hash = seed ^ (key.size() * kOdd1);
  for (; left > 8; at += 8, left -= 8) hash = fold(hash ^ load<std::uint64_t>(at), kOdd1);
  return fold(fold(hash ^ load_tail(at, left), kOdd1), kOdd2);
}

}  // namespace sp
