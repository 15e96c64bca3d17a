#include <cmath>

#include "sp/base/diagnostic.h"
#include "sp/jsonschema/json_equality.h"
#include "sp/jsonschema/json_keyword.h"

namespace sp {
namespace {

using simdjson::dom::element;

// ---- Values ----

bool is_whole(element value) {
  double number = 0;
  return value.is_int64() || value.is_uint64() ||
         (value.get(number) == simdjson::SUCCESS && number == std::trunc(number));
}

struct TypeName {
  std::string_view name;
  bool (*is)(element value);
};
constexpr TypeName kTypeNames[] = {
    {"null", [](element v) { return v.is_null(); }},
    {"boolean", [](element v) { return v.is_bool(); }},
    {"object", [](element v) { return v.is_object(); }},
    {"array", [](element v) { return v.is_array(); }},
    {"number", [](element v) { return v.is_number(); }},
    {"string", [](element v) { return v.is_string(); }},
    {"integer", [](element v) { return v.is_number() && is_whole(v); }},
};

void compile_type(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  const auto add = [&](const JsonNode& item) {
    const std::string name = item.string();
    for (const TypeName& type : kTypeNames) {
      if (type.name != name) continue;
      assertion.keys.insert(name);
      assertion.text += (assertion.text.empty() ? "" : " or ") + name;
      return;
    }
    item.fail("'" + name + "' is not a type of JSON Schema");
  };
  if (node.value.is_array()) {
    node.each_item(add);
  } else {
    add(node);
  }
  assertion.check = [](const JsonAssertion& a, element value, SchemaFault* fault) {
    for (const TypeName& type : kTypeNames) {
      if (a.keys.contains(std::string(type.name)) && type.is(value)) return true;
    }
    return fail(a, fault);
  };
}

bool check_key(const JsonAssertion& assertion, element value, SchemaFault* fault) {
  return assertion.keys.contains(json_key(value)) || fail(assertion, fault);
}

void compile_enum(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  node.each_item([&](const JsonNode& item) { assertion.keys.insert(json_key(item.value)); });
  assertion.text = simdjson::minify(node.value);
  assertion.check = check_key;
}

void compile_const(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  assertion.keys.insert(json_key(node.value));
  assertion.text = simdjson::minify(node.value);
  assertion.check = check_key;
}

// ---- Numbers ----

std::optional<long double> number_of(element value) {
  std::int64_t integer = 0;
  std::uint64_t large = 0;
  double number = 0;
  if (value.is_int64() && value.get(integer) == simdjson::SUCCESS) return integer;
  if (value.is_uint64() && value.get(large) == simdjson::SUCCESS) return large;
  if (value.is_double() && value.get(number) == simdjson::SUCCESS) return number;
  return std::nullopt;
}

struct AtLeast {
  bool operator()(long double a, long double b) const { return a >= b; }
};
struct AtMost {
  bool operator()(long double a, long double b) const { return a <= b; }
};
struct Above {
  bool operator()(long double a, long double b) const { return a > b; }
};
struct Below {
  bool operator()(long double a, long double b) const { return a < b; }
};

template <class Order>
void compile_bound(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  const auto bound = number_of(node.value);
  if (!bound) node.fail("must be a number");
  assertion.bound = *bound;
  assertion.text = node.scalar();
  assertion.check = [](const JsonAssertion& a, element value, SchemaFault* fault) {
    const auto number = number_of(value);
    return !number || Order()(*number, a.bound) || fail(a, fault);
  };
}

// ---- Texts ----

void compile_pattern(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  assertion.text = node.string();
  assertion.patterns.push_back(compile_json_pattern(node, assertion.text));
  assertion.check = [](const JsonAssertion& a, element value, SchemaFault* fault) {
    std::string_view text;
    return value.get(text) != simdjson::SUCCESS || matches(*a.patterns[0], text) || fail(a, fault);
  };
}

void compile_format(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  assertion.text = node.string();
  assertion.format = assertion.text == "binary" ? nullptr : find_string_format(assertion.text);
  if (assertion.format == nullptr) {
    node.fail("'" + assertion.text + "' is not checked; use email, uri, uuid or a pattern");
  }
  assertion.check = [](const JsonAssertion& a, element value, SchemaFault* fault) {
    std::string_view text;
    return value.get(text) != simdjson::SUCCESS || a.format(text) || fail(a, fault);
  };
}

// ---- Lengths ----

std::optional<std::uint64_t> characters(element value) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return std::nullopt;
  std::uint64_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

// Counted: simdjson's own size() saturates.
std::optional<std::uint64_t> items(element value) {
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS) return std::nullopt;
  std::uint64_t count = 0;
  for ([[maybe_unused]] const element item : array) ++count;
  return count;
}

std::optional<std::uint64_t> members(element value) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return std::nullopt;
  std::uint64_t count = 0;
  for ([[maybe_unused]] const auto member : object) ++count;
  return count;
}

enum class Limit { kLeast, kMost };

template <std::optional<std::uint64_t> (*length)(element), Limit limit>
void compile_length(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  assertion.count = node.count();
  assertion.text = std::to_string(assertion.count);
  assertion.check = [](const JsonAssertion& a, element value, SchemaFault* fault) {
    const auto there = length(value);
    if (!there) return true;
    const bool is_kept = limit == Limit::kLeast ? *there >= a.count : *there <= a.count;
    return is_kept || fail(a, fault);
  };
}

constexpr JsonKeyword kKeywords[] = {
    {"type", "is not of the type ", compile_type},
    {"enum", "is none of ", compile_enum},
    {"const", "is not ", compile_const},
    {"minimum", "is below the minimum ", compile_bound<AtLeast>},
    {"maximum", "is above the maximum ", compile_bound<AtMost>},
    {"exclusiveMinimum", "is not above the exclusive minimum ", compile_bound<Above>},
    {"exclusiveMaximum", "is not below the exclusive maximum ", compile_bound<Below>},
    {"minLength", "is shorter than the minLength ", compile_length<characters, Limit::kLeast>},
    {"maxLength", "is longer than the maxLength ", compile_length<characters, Limit::kMost>},
    {"pattern", "does not match the pattern ", compile_pattern},
    {"format", "is not of the format ", compile_format},
    {"minItems", "has fewer items than the minItems ", compile_length<items, Limit::kLeast>},
    {"maxItems", "has more items than the maxItems ", compile_length<items, Limit::kMost>},
    {"minProperties", "has fewer members than the minProperties ",
     compile_length<members, Limit::kLeast>},
    {"maxProperties", "has more members than the maxProperties ",
     compile_length<members, Limit::kMost>},
};

}  // namespace

std::span<const JsonKeyword> json_value_keywords() { return kKeywords; }

}  // namespace sp
