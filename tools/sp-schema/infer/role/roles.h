// What each column tells of its row, by its name, its type and what it measures.
#pragma once

#include "sp-schema/infer/schema_draft.h"

namespace sp {

// Whether a column's name is that of what is written down beside a value: a flag, a status.
bool may_mark_values(const std::string& name);

// Gives roles to the fields that have none, and the constants that sp-load needs where the columns
// do not name network and sensor.
void settle_roles(SchemaDraft& draft);
// The primaryKey, if there is one.
void settle_key(SchemaDraft& draft);

}  // namespace sp
