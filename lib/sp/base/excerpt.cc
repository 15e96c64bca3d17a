#include "sp/base/excerpt.h"

namespace sp {

std::string excerpt(std::string_view value) {
  constexpr std::size_t kMost = 60;
  if (value.size() <= kMost) return "'" + std::string(value) + "'";
  std::size_t end = kMost;
  const auto continues = [&](std::size_t at) { return (value[at] & 0xc0) == 0x80; };
  while (end > kMost - 4 && continues(end)) --end;
  return "'" + std::string(value.substr(0, end)) + "...'";
}

}  // namespace sp
