// What a schema must fulfil beyond its grammar: names that can be told apart, properties that fit
// the field's type, units and zones that exist.
#pragma once

#include <string>

#include "sp/schema/schema.h"

namespace sp {

// All throw Error(kConfig) that names the schema's file and the JSON pointer.

void check_schema(const Schema& schema);
// One field, at `pointer`, by itself.
void check_field(const Schema& schema, const Field& field, const std::string& pointer);
// The columns after sp-transform, once all that makes them is complete: their names and roles.
void check_columns_after(const Schema& schema);

}  // namespace sp
