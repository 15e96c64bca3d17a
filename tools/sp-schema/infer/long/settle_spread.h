// Of a file of one value a row: what makes a column of each quantity.
#pragma once

#include "sp-schema/infer/schema_draft.h"

namespace sp {

// Of the row's time: its own column, or those that it is put together from, but for its offset.
std::vector<std::size_t> time_columns(const SchemaDraft& draft);

// What is missing of one quantity may lie within the range of another. To be done before other
// numbers that are missing are looked for.
void settle_missing_quantities(SchemaDraft& draft);
// Sets `spread`, the primary key and the roles of columns that differ within a reading, or says
// what a person must decide first. After the time is known, and before keys and roles are.
void settle_spread(SchemaDraft& draft);

}  // namespace sp
