// Finding the columns that a run uses.
#pragma once

#include <string_view>

#include "sp/table/record_reader.h"

namespace sp {

// Index of the column `name`. Throws Error(kDataErr) where there is none, or more than one.
std::size_t used_column(const RecordReader& reader, std::string_view name);

}  // namespace sp
