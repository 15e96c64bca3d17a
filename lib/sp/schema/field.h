// The properties of a field in a schema's document, and how they are read.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sp/json/json_node.h"
#include "sp/schema/schema.h"

namespace sp {

// All throw Error(kConfig) that names the schema's file and the JSON pointer.

// All properties of the object that `node` is.
void read_field(const JsonNode& node, Field& field);
// One of them; false for a name that is none.
bool read_field_property(std::string_view name, const JsonNode& node, Field& field);
// The same of a column that has only `names` of them; the others are refused, and slips of the pen.
void read_field_property(std::string_view name, const JsonNode& node,
                         std::span<const std::string_view> names, Field& field);
bool is_field_property(std::string_view name);
// Of a field's `constraints`.
bool is_constraint(std::string_view name);

// `missingValues` and `missingNumbers`, which the schema as a whole has too.
std::vector<std::string> read_missing_values(const JsonNode& node);
std::vector<std::string> read_missing_numbers(const JsonNode& node);

}  // namespace sp
