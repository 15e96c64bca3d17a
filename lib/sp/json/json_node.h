// A value of a JSON document that people wrote (a schema, a JSON Schema in it) that knows where it
// is, so that every error names file and place.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sp {

struct JsonNode {
  simdjson::dom::element value;  // lives as long as the parser
  std::string pointer;           // JSON pointer (RFC 6901)
  const std::string& file;       // the caller's

  // Throws Error(kConfig), as do all below for a value of another kind.
  [[noreturn]] void fail(const std::string& message) const;
  std::string string() const;
  // A string that names a column, as nfc() spells it.
  std::string name() const;
  bool boolean() const;
  std::uint64_t count() const;
  // A string, number or boolean as the text that a cell would hold.
  std::string scalar() const;
  // The same, and an array or object as JSON without white space.
  std::string json_or_scalar() const;
  std::vector<std::string> strings() const;
  std::vector<std::string> names() const;
  // The member of that name, where this is an object that has it.
  std::optional<JsonNode> find(std::string_view name) const;
  JsonNode member(simdjson::dom::element child, std::string_view name) const;

  template <class Visit>
  void each_item(Visit visit) const {
    simdjson::dom::array items;
    if (value.get(items)) fail("must be an array");
    std::size_t index = 0;
    for (const simdjson::dom::element item : items) {
      visit(JsonNode{item, pointer + "/" + std::to_string(index++), file});
    }
  }
  template <class Visit>
  void each_member(Visit visit) const {
    simdjson::dom::object members;
    if (value.get(members)) fail("must be an object");
    for (const simdjson::dom::key_value_pair pair : members)
      visit(pair.key, member(pair.value, pair.key));
  }
};

}  // namespace sp
