// The numbers that have no digits: NaN, INF and -INF, in any case, as the Table Schema has them.
#pragma once

#include <limits>
#include <string_view>

namespace sp {

// True where the whole of `text` is one of them.
inline bool parse_special_number(std::string_view text, double& value) {
  const auto is = [](std::string_view given, std::string_view upper) {
    if (given.size() != upper.size()) return false;
    for (std::size_t i = 0; i < upper.size(); ++i) {
      if ((given[i] & ~0x20) != upper[i]) return false;
    }
    return true;
  };
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (is(text, "INF")) {
    value = negative ? -std::numeric_limits<double>::infinity()
                     : std::numeric_limits<double>::infinity();
    return true;
  }
  value = std::numeric_limits<double>::quiet_NaN();
  return !negative && is(text, "NAN");
}

}  // namespace sp
