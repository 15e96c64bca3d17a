// What a schema must fulfil beyond its grammar: names that can be told apart, properties that fit
// the field's type, units and zones that exist.
#pragma once

#include <string_view>

#include "sp/schema.h"

namespace sp {

// Throws Error(kConfig) that names the schema's file and the JSON pointer.
void check_schema(const Schema& schema);

// True where `name` is probably a misspelling of `word`, but not `word`: other case, or one or two
// letters off.
bool looks_like(std::string_view name, std::string_view word);

}  // namespace sp
