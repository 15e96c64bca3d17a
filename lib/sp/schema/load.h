// Reads a schema: schema.h says what it then holds, sp-schema(5) how it is written.
#pragma once

#include <string>
#include <string_view>

#include "sp/schema/schema.h"

namespace sp {

// Throws Error(kConfig): not there, not JSON, not a schema; names file and JSON pointer. What it
// returns is checked: names, units, zones and formulas are there, and fit the types.
Schema load_schema(const std::string& path);
// The same from a text; `file` is for messages.
Schema parse_schema(std::string_view json, const std::string& file);

// Of the schema itself.
bool is_schema_property(std::string_view name);

}  // namespace sp
