// What a network calls a sensor, as one text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sp {

// Code points that a key may have.
inline constexpr std::size_t kMaxKey = 200;

// Puts a key together from its fields. No two different lists give the same text: a slash stands
// between two fields, and where a field has a slash or a percent sign, that is %2F or %25 there
// (RFC 3986).
class NaturalKey {
 public:
  void clear() {
    text_.clear();
    is_empty_ = true;
  }
  // A field of the type integer is canonical: 007, +7 and 7 are one, and so are -0 and 0.
  void add(std::string_view text, bool is_integer);
  const std::string& text() const { return text_; }

 private:
  void add_text(std::string_view text);
  std::string text_, scratch_;
  bool is_empty_ = true;
};

// Of the whole key: "" where it is one, else what is wrong with it.
std::string key_fault(std::string_view key);

}  // namespace sp
