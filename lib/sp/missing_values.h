// The texts that stand for "no value".
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "sp/record.h"

namespace sp {

class MissingValues {
 public:
  explicit MissingValues(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      if (text.empty()) {
        empty_ = true;
      } else {
        first_.set(static_cast<unsigned char>(text[0]));
        texts_.push_back(text);
      }
    }
  }
  // Matched on the whole text. JSON's null is always missing.
  bool contains(std::string_view text, CellKind kind) const {
    if (text.empty()) return empty_ || kind == CellKind::kNull;
    return first_.test(static_cast<unsigned char>(text[0])) && is_listed(text);
  }

 private:
  bool is_listed(std::string_view text) const {
    for (const std::string& missing : texts_) {
      if (missing == text) return true;
    }
    return false;
  }
  bool empty_ = false;
  std::bitset<256> first_;  // first bytes of texts_: rules out nearly all values at once
  std::vector<std::string> texts_;
};

}  // namespace sp
