#include "sp-aggregate/group_key.h"

namespace sp {

std::string_view GroupKeyReader::text() {
  const char* const short_text = rest_.data();
  const std::uint64_t head = word();
  if (head < GroupKey::kLong) return {short_text, head >> 56};
  const std::string_view long_text = rest_.substr(0, head & ~GroupKey::kLong);
  rest_.remove_prefix(long_text.size());
  return long_text;
}

std::uint64_t GroupKeyReader::word() {
  const std::uint64_t word = digits::load8(rest_.data());
  rest_.remove_prefix(sizeof word);
  return word;
}

}  // namespace sp
