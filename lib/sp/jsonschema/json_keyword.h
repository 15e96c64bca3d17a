// What a keyword of a JSON Schema becomes, and what its check needs. Used by json_schema.cc and the
// files of its keywords.
#pragma once

#include <re2/re2.h>
#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sp/base/key_hash.h"
#include "sp/base/string_format.h"
#include "sp/json/json_node.h"
#include "sp/jsonschema/json_schema.h"

namespace sp {

// Where in a value, and what. Filled where somebody asks for it.
struct SchemaFault {
  std::string pointer, message;
};

struct JsonAssertion;
using JsonCheck = bool (*)(const JsonAssertion& assertion, simdjson::dom::element value,
                           SchemaFault* fault);

// A keyword with its value in a schema, ready to check.
struct JsonAssertion {
  JsonCheck check = nullptr;
  const char* phrase = "";  // of a fault; the keyword's value follows
  std::string text;
  std::uint64_t count = 0;  // lengths, the items before those that `items` is for
  long double bound = 0;    // exact for all numbers of JSON that simdjson reads
  KeyNames keys;            // of values, names of members, types
  KeyMap<std::unique_ptr<JsonSchema::Node>> named;
  std::vector<std::unique_ptr<JsonSchema::Node>> nodes;
  std::vector<std::unique_ptr<RE2>> patterns;
  StringFormat format = nullptr;
};

// A schema or a part of it.
struct JsonSchema::Node {
  bool is_false = false;  // the schema `false`, which nothing keeps
  std::vector<JsonAssertion> assertions;
};

struct JsonKeyword {
  const char* name;
  const char* phrase;  // of a value that breaks it; the keyword's value follows
  // `schema` is what the keyword is a member of. Null: for people, nothing to check.
  void (*compile)(const JsonNode& node, const JsonNode& schema, JsonAssertion& assertion);
};
// Of values by themselves, and of their parts and combinations.
std::span<const JsonKeyword> json_value_keywords();
std::span<const JsonKeyword> json_part_keywords();

// Throws Error(kConfig).
std::unique_ptr<JsonSchema::Node> compile_json_node(const JsonNode& node);
// Throws Error(kConfig), at `node`, for what RE2 cannot match.
std::unique_ptr<RE2> compile_json_pattern(const JsonNode& node, const std::string& text);
bool matches(const RE2& pattern, std::string_view text);

bool check_json_node(const JsonSchema::Node& node, simdjson::dom::element value,
                     SchemaFault* fault);
// False; says why where somebody asks.
bool fail(SchemaFault* fault, std::string message);
bool fail(const JsonAssertion& assertion, SchemaFault* fault);

// Hands the items of an array and their index to `check` until one is wrong.
template <class CheckItem>
bool each_item(simdjson::dom::element value, CheckItem check) {
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS) return true;
  std::size_t index = 0;
  for (const simdjson::dom::element item : array) {
    if (!check(item, index++)) return false;
  }
  return true;
}

// Hands the members of an object to `check` until one is wrong.
template <class CheckMember>
bool each_member(simdjson::dom::element value, CheckMember check) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return true;
  for (const simdjson::dom::key_value_pair member : object) {
    if (!check(member.key, member.value)) return false;
  }
  return true;
}

}  // namespace sp
