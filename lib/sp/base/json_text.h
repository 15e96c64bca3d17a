// Writing JSON: texts as its strings, objects and arrays. What reads it is in the room json; rows
// of NDJSON have a reader and a writer of their own in table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sp {

// Appends `text` as a JSON string with its quotes (RFC 8259). Bytes that are not UTF-8 become
// U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// True where `text` is, as a whole, a number by RFC 8259's grammar ("007" and "1." are not).
bool is_json_number(std::string_view text);

// What stands before the first member or item, between two, between a name and its value, and
// after the last.
struct JsonStyle {
  const char *open, *between, *colon, *close;
};
namespace json_style {
inline constexpr JsonStyle kCompact{"", ",", ":", ""};
inline constexpr JsonStyle kSpaced{"", ", ", ": ", ""};
inline constexpr JsonStyle kLines{"\n  ", ",\n  ", ": ", "\n"};  // one each line
inline constexpr JsonStyle kInnerLines{"\n    ", ",\n    ", ": ", "\n  "};
}  // namespace json_style

// A text that is JSON already: a number, as is_json_number() tells, or a document that was read.
struct JsonLiteral {
  std::string_view text;
};

class JsonObject;
class JsonArray;

void append_json(std::string& out, std::string_view value);
inline void append_json(std::string& out, const char* value) {
  append_json(out, std::string_view(value));
}
void append_json(std::string& out, std::uint64_t value);
void append_json(std::string& out, std::int64_t value);
void append_json(std::string& out, int value);
void append_json(std::string& out, double value);  // shortest text that reads back the same
void append_json(std::string& out, bool value);
void append_json(std::string& out, std::nullptr_t);
void append_json(std::string& out, JsonLiteral value);
void append_json(std::string& out, const JsonObject& value);
void append_json(std::string& out, const JsonArray& value);

// Builds a JSON object, members in the order of the calls. A style must outlive it.
class JsonObject {
 public:
  explicit JsonObject(const JsonStyle& style = json_style::kCompact) : style_(&style) {}
  template <class T>
  JsonObject& add(std::string_view name, const T& value) {
    key(name);
    append_json(text_, value);
    return *this;
  }
  // The members of another of the same style.
  JsonObject& add_all(const JsonObject& other);
  bool is_empty() const { return text_.size() == 1; }
  std::string str() const { return text_ + style_->close + "}"; }

 private:
  void key(std::string_view name);
  const JsonStyle* style_;
  std::string text_ = "{";
};

// Builds a JSON array, items in the order of the calls. A style must outlive it.
class JsonArray {
 public:
  explicit JsonArray(const JsonStyle& style = json_style::kCompact) : style_(&style) {}
  template <class T>
  JsonArray& add(const T& item) {
    text_ += is_empty() ? style_->open : style_->between;
    append_json(text_, item);
    return *this;
  }
  bool is_empty() const { return text_.size() == 1; }
  std::string str() const { return text_ + style_->close + "]"; }

 private:
  const JsonStyle* style_;
  std::string text_ = "[";
};

}  // namespace sp
