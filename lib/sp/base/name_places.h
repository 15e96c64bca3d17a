// Finds a name among many: few are looked through, many are sorted once, at the first question.
//
// It holds places, not names: whoever asks owns these, and must not change those it has asked
// about.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string_view>
#include <vector>

namespace sp {

class NamePlaces {
 public:
  // The first i below `count` for which name_of(i) is `name`.
  template <class NameOf>
  std::optional<std::size_t> find(std::string_view name, std::size_t count, NameOf name_of) const {
    if (count <= kFew) {
      for (std::size_t i = 0; i < count; ++i) {
        if (std::string_view(name_of(i)) == name) return i;
      }
      return std::nullopt;
    }
    if (sorted_.size() != count) sort(count, name_of);
    const auto it = std::lower_bound(
        sorted_.begin(), sorted_.end(), name,
        [&](std::uint32_t i, std::string_view wanted) { return name_of(i) < wanted; });
    if (it == sorted_.end() || std::string_view(name_of(*it)) != name) return std::nullopt;
    return *it;
  }

 private:
  static constexpr std::size_t kFew = 16;

  template <class NameOf>
  void sort(std::size_t count, NameOf name_of) const {
    sorted_.resize(count);
    std::iota(sorted_.begin(), sorted_.end(), std::uint32_t{0});
    std::sort(sorted_.begin(), sorted_.end(), [&](std::uint32_t a, std::uint32_t b) {
      const int order = std::string_view(name_of(a)).compare(name_of(b));
      return order != 0 ? order < 0 : a < b;
    });
  }

  mutable std::vector<std::uint32_t> sorted_;
};

}  // namespace sp
