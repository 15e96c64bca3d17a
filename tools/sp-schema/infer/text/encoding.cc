#include "sp-schema/infer/text/encoding.h"

#include <fmt/format.h>

#include <algorithm>

#include "sp/base/diagnostic.h"

namespace sp {
namespace {

constexpr std::size_t kShown = 4;   // bytes in a message
constexpr std::size_t kBefore = 2;  // bytes that tell what the next one is

bool is_long(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// What no line of text has.
bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return (code < 0x20 && c != '\t' && c != '\n' && c != '\r') || code == 0x7f;
}

bool is_undefined(char c) {
  return std::string_view("\x81\x8d\x8f\x90\x9d").find(c) != std::string_view::npos;
}

// Quotes, daggers, per mille and the like, which are letters in the encodings of DOS and of old
// Macs. Dashes, apostrophes and points may stand between two letters.
bool is_sign(char c) {
  return std::string_view("\x82\x84\x86\x87\x88\x89\x8b\x93\x94\x98\x9b").find(c) !=
         std::string_view::npos;
}

// Quotes, dashes, a blank, and what units have: they stand beside others of their kind.
bool is_beside_others(char c) {
  return std::string_view("\x91\x92\x93\x94\x96\x97\xa0\xb0\xb2\xb3\xb5\xb7").find(c) !=
         std::string_view::npos;
}

// A pair as words of another alphabet have it.
bool are_together(char a, char b) {
  return is_long(a) && is_long(b) && !is_beside_others(a) && !is_beside_others(b);
}

}  // namespace

std::string encoding_of_nulls(std::string_view head) {
  if (head.size() < 4) return "";
  if (head[0] != '\0' && head[1] == '\0' && head[2] != '\0' && head[3] == '\0') return "UTF-16LE";
  if (head[0] == '\0' && head[1] != '\0' && head[2] == '\0' && head[3] != '\0') return "UTF-16BE";
  return "";
}

void PlausibleText::see_text(std::string_view bytes) {
  const std::size_t nul = bytes.find('\0');
  if (nul != std::string_view::npos) fail(bytes.substr(nul), offset_ + nul);
  pass(bytes);
}

void PlausibleText::pass(std::string_view bytes) {
  offset_ += bytes.size();
  before_ += bytes.substr(bytes.size() - std::min(bytes.size(), kBefore));
  before_.erase(0, before_.size() - std::min(before_.size(), kBefore));
}

void PlausibleText::see_single_bytes(std::string_view bytes) {
  const std::size_t kept = before_.size();
  std::string text = before_;
  text += bytes;
  for (std::size_t i = kept; i < text.size(); ++i) {
    const char c = text[i];
    const std::uint64_t at = offset_ + i - kept;
    if (is_control(c) || is_undefined(c)) fail(std::string_view(text).substr(i), at);
    const char last = i == 0 ? ' ' : text[i - 1];
    if (are_together(last, c)) {
      if (together_++ == 0) {
        first_together_ = at - 1;
        first_bytes_ = text.substr(i - 1, kShown);
      }
    } else if ((is_long(c) && is_letter(last)) || (is_letter(c) && is_long(last))) {
      ++in_words_;
    }
    if (i > 1 && is_letter(c) && is_sign(last) && is_letter(text[i - 2])) {
      fail(std::string_view(text).substr(i - 1), at - 1);
    }
  }
  pass(bytes);
}

void PlausibleText::finish() const {
  if (together_ > in_words_) fail(first_bytes_, first_together_);
}

void PlausibleText::fail(std::string_view from, std::uint64_t offset) const {
  std::string bytes;
  for (const char c : from.substr(0, kShown)) {
    bytes += fmt::format(" {:02X}", static_cast<unsigned char>(c));
  }
  throw Error(ExitCode::kDataErr,
              fmt::format("the bytes{} at offset {} are no text in UTF-8 or Windows-1252; name the "
                          "input's encoding with --encoding",
                          bytes, offset),
              {name_, 0, 0, ""});
}

}  // namespace sp
