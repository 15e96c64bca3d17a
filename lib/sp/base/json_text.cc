#include "sp/base/json_text.h"

#include <charconv>
#include <cmath>

#include "sp/base/digits.h"
#include "sp/base/utf8.h"

namespace sp {
namespace {

bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

void append_escaped(std::string& out, unsigned char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  out += "\\u00";
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

using digits::is_digit;

// Advances `at` over digits; false where there is none.
bool skip_digits(std::string_view text, std::size_t& at) {
  const std::size_t begin = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at > begin;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    std::size_t run = i;
    while (run < text.size() && is_plain(static_cast<unsigned char>(text[run]))) ++run;
    out.append(text, i, run - i);
    i = run;
    if (i == text.size()) break;
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      append_escaped(out, c);
      ++i;
    } else if (const std::size_t n = utf8_sequence(text, i); n != 0) {
      out.append(text, i, n);
      i += n;
    } else {
      out += "\xef\xbf\xbd";
      ++i;
    }
  }
  out += '"';
}

bool is_json_number(std::string_view text) {
  std::size_t at = 0;
  if (at < text.size() && text[at] == '-') ++at;
  const std::size_t first = at;
  if (!skip_digits(text, at)) return false;
  if (text[first] == '0' && at > first + 1) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!skip_digits(text, at)) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!skip_digits(text, at)) return false;
  }
  return at == text.size();
}

void append_json(std::string& out, std::string_view value) { append_json_string(out, value); }

void append_json(std::string& out, std::uint64_t value) { out += std::to_string(value); }

void append_json(std::string& out, std::int64_t value) { out += std::to_string(value); }

void append_json(std::string& out, int value) { out += std::to_string(value); }

void append_json(std::string& out, double value) {
  if (!std::isfinite(value)) return append_json(out, nullptr);  // JSON has no word for these
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value);
  out.append(text, end.ptr);
}

void append_json(std::string& out, bool value) { out += value ? "true" : "false"; }

void append_json(std::string& out, std::nullptr_t) { out += "null"; }

void append_json(std::string& out, JsonLiteral value) { out += value.text; }

void append_json(std::string& out, const JsonObject& value) { out += value.str(); }

void append_json(std::string& out, const JsonArray& value) { out += value.str(); }

void JsonObject::key(std::string_view name) {
  text_ += is_empty() ? style_->open : style_->between;
  append_json_string(text_, name);
  text_ += style_->colon;
}

JsonObject& JsonObject::add_all(const JsonObject& other) {
  if (other.is_empty()) return *this;
  const std::size_t begin = 1 + std::string_view(style_->open).size();
  text_ += is_empty() ? style_->open : style_->between;
  text_.append(other.text_, begin, std::string::npos);
  return *this;
}

}  // namespace sp
