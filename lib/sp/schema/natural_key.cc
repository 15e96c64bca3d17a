#include "sp/schema/natural_key.h"

#include <fmt/format.h>

#include "sp/base/utf8.h"
#include "sp/number/number.h"

namespace sp {

void NaturalKey::add(std::string_view text, bool is_integer) {
  if (!is_empty_) text_ += '/';
  is_empty_ = false;
  if (is_integer) {
    text_ += canonical_integer(text, scratch_);
  } else {
    add_text(text);
  }
}

void NaturalKey::add_text(std::string_view text) {
  for (const char c : text) {
    if (c == '/') {
      text_ += "%2F";
    } else if (c == '%') {
      text_ += "%25";
    } else {
      text_ += c;
    }
  }
}

std::string key_fault(std::string_view key) {
  if (key.find('\0') != std::string_view::npos ||
      find_invalid_utf8(key) != std::string_view::npos) {
    return "a sensor's key must be UTF-8 without zero bytes";
  }
  const std::size_t length = utf8_length(key);
  if (length <= kMaxKey) return "";
  return fmt::format("a sensor's key of {} characters; {} are the most", length, kMaxKey);
}

}  // namespace sp
