// Whether a key was there before, in bounded memory however many there are.
//
// The first million keys are all remembered; of more a sample, which their hashes choose, that is
// halved whenever it is full. So a key that was not there is never taken for one that was (but for
// hashes of 64 bits that collide), and where keys come again in great numbers some are noticed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>

#include "sp/base/key_hash.h"

namespace sp {

class KeySample {
 public:
  // `most` keys are remembered.
  explicit KeySample(std::size_t most = std::size_t{1} << 20) : most_(most) {}

  void add(std::string_view key) {
    const std::uint64_t hash = hash_(key);
    if ((hash & mask_) != 0) return;
    hashes_.insert(hash);
    while (hashes_.size() > most_) {
      mask_ = mask_ << 1 | 1;
      std::erase_if(hashes_, [this](std::uint64_t known) { return (known & mask_) != 0; });
    }
  }
  bool contains(std::string_view key) const {
    return !hashes_.empty() && hashes_.contains(hash_(key));
  }

 private:
  std::size_t most_;
  std::uint64_t mask_ = 0;  // the hashes that are kept have none of these bits
  KeyHash hash_;
  std::unordered_set<std::uint64_t> hashes_;
};

}  // namespace sp
