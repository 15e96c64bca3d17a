#include "sp-schema/infer/layout/json_lists.h"

#include <algorithm>
#include <cctype>

#include "sp/base/excerpt.h"

namespace sp {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

std::size_t after_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(kBlank, at), text.size());
}

// Of the quote that ends a string, whose first one is at `at`; the text's end where none does.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  while (++at < text.size() && text[at] != '"') {
    if (text[at] == '\\') ++at;
  }
  return at;
}

bool is_word(std::string_view name) {
  const auto is_letter = [](char c) {
    return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::all_of(name.begin(), name.end(), is_letter);
}

// `keys` are JSON's strings without their quotes.
std::string jq_path(const std::vector<std::string_view>& keys) {
  std::string path;
  for (const std::string_view key : keys) {
    path += "." + (is_word(key) ? std::string(key) : '"' + std::string(key) + '"');
  }
  return path;
}

}  // namespace

FirstObject first_object(std::string_view text) {
  FirstObject found;
  std::size_t at = after_blanks(text, 0);
  found.is_in_list = at < text.size() && text[at] == '[';
  if (found.is_in_list) at = after_blanks(text, at + 1);
  if (at >= text.size() || text[at] != '{') return found;
  std::vector<std::string_view> keys;  // of the objects that are open
  std::string_view last;               // string
  std::size_t lists = 0;               // that are open
  do {
    const char c = text[at];
    if (c == '"') {
      const std::size_t end = end_of_string(text, at);
      last = text.substr(at + 1, end - at - 1);
      at = end;
    } else if (c == '\n') {
      found.has_line_ends = true;
    } else if (c == '[') {
      const std::size_t next = after_blanks(text, at + 1);
      if (lists++ == 0 && next < text.size() && text[next] == '{') {
        found.lists.push_back(jq_path(keys));
      }
    } else if (c == ']' && lists > 0) {
      --lists;
    } else if (lists == 0 && c == '{') {
      keys.emplace_back();
    } else if (lists == 0 && c == ':') {
      keys.back() = last;
    } else if (lists == 0 && c == '}') {
      keys.pop_back();
    }
  } while (++at < text.size() && !keys.empty());
  found.is_alone = text.find('{', std::min(at, text.size())) == std::string_view::npos;
  return found;
}

std::string list_hint(const FirstObject& object) {
  if (object.lists.empty()) return "";
  const std::string& list = object.lists.front();
  const bool is_table = object.is_alone && !object.is_in_list;
  const std::string each = is_table ? list + "[]" : "del(" + list + ") + " + list + "[]";
  return "the list " + excerpt(list.substr(1)) + " holds objects: if they are the rows, jq -c '" +
         (object.is_in_list ? ".[] | " : "") + each + "' makes a line of each";
}

}  // namespace sp
