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

class JsonArray;

// Builds a JSON object, members in the order of the calls.
class JsonObject {
 public:
  JsonObject& add(std::string_view key, std::string_view value);
  JsonObject& add(std::string_view key, const char* value) {
    return add(key, std::string_view(value));
  }
  JsonObject& add(std::string_view key, std::uint64_t value);
  JsonObject& add(std::string_view key, std::int64_t value);
  JsonObject& add(std::string_view key, int value) {
    return add(key, static_cast<std::int64_t>(value));
  }
  JsonObject& add(std::string_view key, double value);  // shortest text that reads back the same
  JsonObject& add(std::string_view key, bool value);
  JsonObject& add(std::string_view key, std::nullptr_t);
  JsonObject& add(std::string_view key, const JsonObject& value);
  JsonObject& add(std::string_view key, const JsonArray& value);
  std::string str() const { return text_ + "}"; }

 private:
  JsonObject& add_json(std::string_view key, std::string_view json);
  void key(std::string_view name);
  std::string text_ = "{";
};

// Builds a JSON array, items in the order of the calls.
class JsonArray {
 public:
  JsonArray& add(const JsonObject& item);
  JsonArray& add(std::string_view item);
  std::string str() const { return text_ + "]"; }

 private:
  void next();
  std::string text_ = "[";
};

}  // namespace sp
