#include "sp/json/json_node.h"

#include "sp/base/diagnostic.h"
#include "sp/base/nfc.h"
#include "sp/number/number.h"

namespace sp {

void JsonNode::fail(const std::string& message) const {
  const std::string place = pointer.empty() ? "" : pointer + ": ";
  throw Error(ExitCode::kConfig, place + message, {file, 0, 0, ""});
}

JsonNode JsonNode::member(simdjson::dom::element child, std::string_view name) const {
  std::string escaped = "/";
  for (const char c : name) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  return {child, pointer + escaped, file};
}

std::optional<JsonNode> JsonNode::find(std::string_view name) const {
  simdjson::dom::object members;
  simdjson::dom::element found;
  if (value.get(members) || members.at_key(name).get(found)) return std::nullopt;
  return member(found, name);
}

std::string JsonNode::string() const {
  std::string_view text;
  if (value.get(text)) fail("must be a string");
  return std::string(text);
}

bool JsonNode::boolean() const {
  bool result = false;
  if (value.get(result)) fail("must be true or false");
  return result;
}

std::uint64_t JsonNode::count() const {
  std::uint64_t result = 0;
  if (value.get(result)) fail("must be a whole number that is not negative");
  return result;
}

std::string JsonNode::scalar() const {
  std::int64_t integer = 0;
  double number = 0;
  char text[kMaxNumberText];
  if (value.is_string()) return string();
  if (value.is_bool()) return boolean() ? "true" : "false";
  if (value.get(integer) == simdjson::SUCCESS) return {text, format_int(integer, text)};
  if (value.get(number) == simdjson::SUCCESS) return {text, format_shortest(number, text)};
  fail("must be a string, a number or a boolean");
}

std::string JsonNode::json_or_scalar() const {
  return value.is_array() || value.is_object() ? simdjson::minify(value) : scalar();
}

std::string JsonNode::name() const { return nfc(string()); }

std::vector<std::string> JsonNode::strings() const {
  std::vector<std::string> result;
  each_item([&](const JsonNode& node) { result.push_back(node.string()); });
  return result;
}

std::vector<std::string> JsonNode::names() const {
  std::vector<std::string> result = strings();
  for (std::string& each : result) each = nfc(each);
  return result;
}

}  // namespace sp
