#include "sp/jsonschema/json_equality.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "sp/base/json_text.h"
#include "sp/number/number.h"

namespace sp {
namespace {

using simdjson::dom::element;

void append_value(element value, std::string& key);

void append_number(element value, std::string& key) {
  constexpr double kExact = 9007199254740992;  // 2^53: whole numbers below are all doubles
  char text[kMaxNumberText];
  double number = 0;
  std::int64_t integer = 0;
  std::uint64_t large = 0;
  if (value.is_int64() && value.get(integer) == simdjson::SUCCESS) {
    key.append(text, format_int(integer, text));
  } else if (value.is_uint64() && value.get(large) == simdjson::SUCCESS) {
    key += std::to_string(large);
  } else if (value.get(number) == simdjson::SUCCESS) {
    const bool is_whole = number == std::trunc(number) && std::abs(number) < kExact;
    key.append(text, is_whole ? format_int(static_cast<std::int64_t>(number), text)
                              : format_shortest(number, text));
  }
}

void append_members(simdjson::dom::object members, std::string& key) {
  std::vector<std::pair<std::string_view, element>> sorted;
  for (const simdjson::dom::key_value_pair member : members) {
    sorted.emplace_back(member.key, member.value);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  key += '{';
  for (const auto& [name, value] : sorted) {
    append_json_string(key, name);
    key += ':';
    append_value(value, key);
    key += ',';
  }
  key += '}';
}

// As deep as simdjson lets a value nest: 1024.
void append_value(element value, std::string& key) {
  simdjson::dom::array items;
  simdjson::dom::object members;
  std::string_view text;
  if (value.get(items) == simdjson::SUCCESS) {
    key += '[';
    for (const element item : items) {
      append_value(item, key);
      key += ',';
    }
    key += ']';
  } else if (value.get(members) == simdjson::SUCCESS) {
    append_members(members, key);
  } else if (value.get(text) == simdjson::SUCCESS) {
    append_json_string(key, text);
  } else if (value.is_number()) {
    append_number(value, key);
  } else {
    key += simdjson::minify(value);  // true, false, null
  }
}

}  // namespace

std::string json_key(element value) {
  std::string key;
  append_value(value, key);
  return key;
}

}  // namespace sp
