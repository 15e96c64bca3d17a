#include "sp/schema/number_format.h"

#include "sp/base/digits.h"

namespace sp {
namespace {

using digits::is_digit;

// The part of "EUR -5.3 %" that is a number. A sign counts where it stands right before the number
// or before all the rest, as in "-$5".
std::string_view strip(std::string_view text, std::string_view decimal_char, bool& negative) {
  const std::size_t first = text.find_first_of("0123456789");
  const std::size_t last = text.find_last_of("0123456789");
  if (first == std::string_view::npos) return {};
  std::size_t begin = first;
  if (text.substr(0, begin).ends_with(decimal_char)) begin -= decimal_char.size();
  negative = text.front() == '-' || (begin > 0 && text[begin - 1] == '-');
  return text.substr(begin, last + 1 - begin);
}

}  // namespace

NumberFormat::NumberFormat(const Field& field)
    : decimal_char_(field.decimal_char),
      group_char_(field.group_char),
      bare_(field.bare_number),
      plain_(decimal_char_ == "." && group_char_.empty() && bare_) {}

// Group characters are dropped before the decimal character only: after it they are an error.
bool NumberFormat::normalize(std::string_view text) {
  bool negative = false;
  if (!bare_) text = strip(text, decimal_char_, negative);
  buffer_.assign(negative ? 1 : 0, '-');
  bool whole_part = true;
  while (!text.empty()) {
    if (whole_part && text.starts_with(decimal_char_)) {
      buffer_ += '.';
      whole_part = false;
      text.remove_prefix(decimal_char_.size());
    } else if (whole_part && !group_char_.empty() && text.starts_with(group_char_) &&
               !buffer_.empty() && is_digit(buffer_.back())) {
      text.remove_prefix(group_char_.size());
    } else if (text.front() == '.') {
      return false;  // not this field's decimal character
    } else {
      buffer_ += text.front();
      text.remove_prefix(1);
    }
  }
  return true;
}

}  // namespace sp
