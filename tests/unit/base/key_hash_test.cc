#include "sp/base/key_hash.h"

#include <doctest/doctest.h>

#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "sp/base/key_table.h"

namespace {

// What libstdc++'s std::hash does with eight bytes (MurmurHash2 of 64 bits), and the way back.
constexpr std::uint64_t kMul = 0xc6a4a7935bd1e995U;
std::uint64_t shift_mix(std::uint64_t v) { return v ^ (v >> 47); }
std::uint64_t mixed(std::uint64_t block) { return shift_mix(block * kMul) * kMul; }
std::uint64_t unmixed(std::uint64_t value) {
  std::uint64_t inverse = kMul;  // modulo 2^64, by Newton's steps
  for (int i = 0; i < 6; ++i) inverse *= 2 - kMul * inverse;
  return shift_mix(value * inverse) * inverse;
}

// 64 bytes are four pairs of blocks. Whatever the first block of a pair is, a second one brings the
// hash to the same place; twelve choices for each pair make 12^4 keys of one hash.
std::vector<std::string> crafted_keys() {
  constexpr std::uint64_t kSeed = 0xc70f6907U;
  std::vector<std::string> keys = {""};
  std::uint64_t hash = kSeed ^ (64 * kMul);
  for (int pair = 0; pair < 4; ++pair) {
    constexpr std::uint64_t kGoal = 0x0123456789abcdefU;
    std::vector<std::string> longer;
    for (std::uint64_t first = 1; first <= 12; ++first) {
      const std::uint64_t second = unmixed(((hash ^ mixed(first)) * kMul) ^ kGoal);
      std::string blocks(16, '\0');
      std::memcpy(blocks.data(), &first, 8);
      std::memcpy(blocks.data() + 8, &second, 8);
      for (const std::string& key : keys) longer.push_back(key + blocks);
    }
    keys = std::move(longer);
    hash = kGoal * kMul;
  }
  return keys;
}

std::size_t probes(const std::vector<std::string>& keys) {
  sp::KeyTable table;
  for (const std::string& key : keys) table.find_or_add(key);
  CHECK(table.size() == keys.size());
  return table.probes();
}

}  // namespace

TEST_CASE("keys that were made to collide cost what random ones cost") {
  const std::vector<std::string> crafted = crafted_keys();
  REQUIRE(crafted.size() == 20736);
  const std::hash<std::string> plain;
  for (const std::string& key : crafted) REQUIRE(plain(key) == plain(crafted[0]));
  std::mt19937_64 chance(1);
  std::vector<std::string> random;
  for (std::size_t i = 0; i < crafted.size(); ++i) {
    std::string key(64, '\0');
    for (char& c : key) c = static_cast<char>(chance());
    random.push_back(key);
  }
  const std::size_t usual = probes(random);
  CHECK(probes(crafted) < 2 * usual);
  CHECK(usual < 3 * random.size());
}

TEST_CASE("the hash tells keys of any length apart, and depends on its seed") {
  std::vector<std::string> keys;
  for (std::size_t size = 0; size < 40; ++size) keys.emplace_back(size, 'a');
  for (std::size_t i = 0; i < keys.size(); ++i) {
    CHECK(sp::key_hash(keys[i], 1) != sp::key_hash(keys[i], 2));
    for (std::size_t j = 0; j < i; ++j) CHECK(sp::key_hash(keys[i], 1) != sp::key_hash(keys[j], 1));
  }
  CHECK(sp::key_seed() == sp::key_seed());
}
