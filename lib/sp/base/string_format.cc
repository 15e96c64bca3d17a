#include "sp/base/string_format.h"

#include "sp/base/digits.h"

namespace sp {
namespace {

using digits::is_digit;
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }
bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

// Parts with dots between them, each of which passes.
template <class Check>
bool each_part(std::string_view text, Check check) {
  for (std::size_t dot = 0; dot != std::string_view::npos;) {
    dot = text.find('.');
    if (!check(text.substr(0, dot))) return false;
    if (dot != std::string_view::npos) text.remove_prefix(dot + 1);
  }
  return true;
}

bool is_atom(std::string_view text) {
  for (const char c : text) {
    if (!is_alphanumeric(c) && !is_beyond_ascii(c) && !is_one_of(c, "!#$%&'*+-/=?^_`{|}~")) {
      return false;
    }
  }
  return !text.empty();
}

bool is_domain_label(std::string_view text) {
  for (const char c : text) {
    if (!is_alphanumeric(c) && !is_beyond_ascii(c) && c != '-') return false;
  }
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-';
}

bool is_email(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at > 64 || text.size() - at > 256) return false;
  return each_part(text.substr(0, at), is_atom) && each_part(text.substr(at + 1), is_domain_label);
}

// Percent signs with their two digits, and characters that a URI may have unescaped.
bool has_uri_characters(std::string_view text, std::string_view others) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!is_alphanumeric(text[i]) && !is_one_of(text[i], "-._~!$&'()*+,;=:@") &&
               !is_one_of(text[i], others)) {
      return false;
    }
  }
  return true;
}

// [user@]host[:port], where a host in brackets is an address of IPv6 or later.
bool is_authority(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at != std::string_view::npos) {
    if (!has_uri_characters(text.substr(0, at), "")) return false;
    text.remove_prefix(at + 1);
  }
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    for (const char c : text.substr(1, end - 1)) {
      if (!is_alphanumeric(c) && !is_one_of(c, ":.-_~!$&'()*+,;=")) return false;
    }
    text.remove_prefix(end + 1);
  } else {
    const std::string_view host = text.substr(0, text.find(':'));
    if (!has_uri_characters(host, "") || is_one_of('@', host)) return false;
    text.remove_prefix(host.size());
  }
  if (text.empty()) return true;
  if (text.front() != ':') return false;
  for (const char c : text.substr(1)) {
    if (!is_digit(c)) return false;
  }
  return true;
}

bool is_uri(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_letter(text[0])) return false;
  for (const char c : text.substr(0, colon)) {
    if (!is_alphanumeric(c) && !is_one_of(c, "+-.")) return false;
  }
  text.remove_prefix(colon + 1);
  const std::size_t hash = text.find('#');
  if (hash != std::string_view::npos) {
    if (!has_uri_characters(text.substr(hash + 1), "/?")) return false;
    text = text.substr(0, hash);
  }
  const std::size_t question = text.find('?');
  if (question != std::string_view::npos) {
    if (!has_uri_characters(text.substr(question + 1), "/?")) return false;
    text = text.substr(0, question);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const std::string_view authority = text.substr(0, text.find('/'));
    if (!is_authority(authority)) return false;
    text.remove_prefix(authority.size());
  }
  return has_uri_characters(text, "/");
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_hyphen ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_base64(std::string_view text) {
  if (text.size() % 4 != 0) return false;
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  for (const char c : text) {
    if (!is_alphanumeric(c) && c != '+' && c != '/') return false;
  }
  return true;
}

struct Row {
  const char* name;
  StringFormat is_valid;
};
constexpr Row kFormats[] = {
    {"email", is_email}, {"uri", is_uri}, {"uuid", is_uuid}, {"binary", is_base64}};

}  // namespace

StringFormat find_string_format(const std::string& name) {
  for (const Row& row : kFormats) {
    if (name == row.name) return row.is_valid;
  }
  return nullptr;
}

}  // namespace sp
