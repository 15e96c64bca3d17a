// How a field writes its numbers, by decimalChar, groupChar and bareNumber of the Table Schema.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sp/number/number.h"
#include "sp/schema/schema.h"

namespace sp {

class NumberFormat {
 public:
  explicit NumberFormat(const Field& field);
  // As parse_double and parse_int64, for a text in this format.
  bool parse(std::string_view text, double& value) {
    if (plain_) return parse_double(text, value);
    return normalize(text) && parse_double(buffer_, value);
  }
  bool parse(std::string_view text, std::int64_t& value) {
    if (plain_) return parse_int64(text, value);
    return normalize(text) && parse_int64(buffer_, value);
  }
  // The digits of such a number as parse_double reads them, none lost; valid until the next call.
  bool normalize(std::string_view text, std::string_view& out) {
    out = text;
    if (plain_) return true;
    if (!normalize(text)) return false;
    out = buffer_;
    return true;
  }
  // Whether numbers are written as parse_double reads them.
  bool is_plain() const { return plain_; }

 private:
  bool normalize(std::string_view text);
  std::string decimal_char_, group_char_;
  bool bare_;
  bool plain_;
  std::string buffer_;  // the text as parse_double reads it
};

}  // namespace sp
