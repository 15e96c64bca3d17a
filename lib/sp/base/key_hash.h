// The hash of keys that strangers choose: cells, names in a header, names of files. It is seeded by
// chance, once in a process, so that nobody can prepare an input whose keys collide.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace sp {

std::uint64_t key_seed();
// Multiplies and folds eight bytes at a time (after wyhash,
// https://github.com/wangyi-fudan/wyhash).
std::uint64_t key_hash(std::string_view key, std::uint64_t seed);

struct KeyHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view key) const { return key_hash(key, seed); }
  std::uint64_t seed = key_seed();
};

template <class Value>
using KeyMap = std::unordered_map<std::string, Value, KeyHash, std::equal_to<>>;
template <class Value>
using KeyViewMap = std::unordered_map<std::string_view, Value, KeyHash>;
using KeyNames = std::unordered_set<std::string, KeyHash, std::equal_to<>>;
using KeyViews = std::unordered_set<std::string_view, KeyHash>;

}  // namespace sp
