// Makes the schema of what was seen: the steps, one after another.
#pragma once

#include "sp-schema/infer/schema_draft.h"

namespace sp {

// Fills draft.schema and draft.remarks.
void settle(SchemaDraft& draft);

}  // namespace sp
