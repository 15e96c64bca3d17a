// The date-time of a row, and its zone.
#pragma once

#include "sp-schema/infer/schema_draft.h"

namespace sp {

// Makes the column of the role time: a field that is a date-time, or a derived column of those that
// hold its parts. The fields are those of draft.schema.
void settle_time(SchemaDraft& draft);

}  // namespace sp
