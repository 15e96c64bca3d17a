#include "sp/schema/number_format.h"

#include <algorithm>

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

// Whether signs that group digits stand where they do so: 1,234,567 and, as in India, 12,34,567.
// The last group has three digits, those before it two or three each, the first no more than these.
// `whole` is a number up to its decimal character; without a group sign it is whole too.
bool has_whole_groups(std::string_view whole, std::string_view group) {
  whole = whole.substr(0, whole.find_first_of("eE"));
  if (whole.find(group) == std::string_view::npos) return true;
  if (whole.starts_with('-') || whole.starts_with('+')) whole.remove_prefix(1);
  std::size_t size = 3;
  for (int n = 0;; ++n) {  // from the right
    const std::size_t sign = whole.rfind(group);
    const bool is_first = sign == std::string_view::npos;
    const std::string_view digits = is_first ? whole : whole.substr(sign + group.size());
    if (!std::all_of(digits.begin(), digits.end(), is_digit)) return false;
    if (is_first) return !digits.empty() && digits.size() <= size;
    if (n == 1 && digits.size() == 2) size = 2;
    if (digits.size() != (n == 0 ? 3 : size)) return false;
    whole = whole.substr(0, sign);
  }
}

}  // namespace

// An integer, which has no decimalChar, may have its groups after a point.
NumberFormat::NumberFormat(const Field& field)
    : decimal_char_(
          field.type == FieldType::kInteger && field.group_char == "." ? "," : field.decimal_char),
      group_char_(field.group_char),
      bare_(field.bare_number),
      plain_(decimal_char_ == "." && group_char_.empty() && bare_) {}

bool NumberFormat::normalize(std::string_view text) {
  bool negative = false;
  if (!bare_) text = strip(text, decimal_char_, negative);
  if (!group_char_.empty() &&
      !has_whole_groups(text.substr(0, text.find(decimal_char_)), group_char_)) {
    return false;
  }
  buffer_.assign(negative ? 1 : 0, '-');
  bool whole_part = true;
  while (!text.empty()) {
    if (whole_part && text.starts_with(decimal_char_)) {
      buffer_ += '.';
      whole_part = false;
      text.remove_prefix(decimal_char_.size());
    } else if (whole_part && !group_char_.empty() && text.starts_with(group_char_)) {
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
