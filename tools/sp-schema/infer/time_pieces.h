// The date-time of a row, where it stands in several columns, and the zone of times without offset.
#pragma once

#include <vector>

#include "sp-schema/infer/schema_draft.h"

namespace sp {

// The columns of whole numbers whose names and values are those of a year, an hour and so on; of
// those without names the first ones, if they hold year, month, day and hour.
std::vector<TimePiece> find_time_pieces(SchemaDraft& draft);

// Makes the column of the role time: a field that is a date-time, or a derived column of those that
// hold its parts. Gives it its zone. The fields are those of draft.schema.
void settle_time(SchemaDraft& draft);

}  // namespace sp
