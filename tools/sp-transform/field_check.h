// Whether an input has the fields of the schema.
#pragma once

#include <string>

#include "sp/schema/schema.h"
#include "sp/table/columns.h"

namespace sp {

// Throws Error(kDataErr) for a field that the input must have and has not: nothing would be done,
// and nobody would know.
void check_fields(const Schema& schema, const Columns& columns, const std::string& file);

}  // namespace sp
