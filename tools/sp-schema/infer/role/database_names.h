// Names with which sp-load can register quantities.
#pragma once

#include "sp-schema/infer/schema_draft.h"

namespace sp {

// Keeps the names that fields were given apart, and with --source gives others to quantities whose
// own ones a column of the database cannot have. The roles are settled.
void settle_database_names(SchemaDraft& draft);

}  // namespace sp
