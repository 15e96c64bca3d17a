// The columns that hold the parts of a row's date-time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sp-schema/infer/schema_draft.h"

namespace sp {

// The one of this role; null: there is none.
const TimePiece* find_piece(const std::vector<TimePiece>& pieces, std::string_view role);

// Whether a column of that name may hold a part of a date-time.
bool may_be_time_piece(const std::string& name);

// The columns of whole numbers whose names and values are those of a year, an hour and so on; of
// those without names the first ones, if they hold year, month, day and hour, or year, day of the
// year and a time as 130.
std::vector<TimePiece> find_time_pieces(SchemaDraft& draft);

}  // namespace sp
