// What a schema must fulfil beyond its grammar: names that can be told apart, properties that fit
// the field's type, units and zones that exist.
#pragma once

#include "sp/schema/schema.h"

namespace sp {

// Throws Error(kConfig) that names the schema's file and the JSON pointer.
void check_schema(const Schema& schema);

}  // namespace sp
