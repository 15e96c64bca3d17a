// A header that has a name several times, or columns without one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sp-schema/infer/layout/dialect.h"
#include "sp-schema/infer/layout/trial.h"
#include "sp/table/record_reader.h"

namespace sp {

// Names of which no two are the same: one that stands again is that of the column before it, and
// itself, where that tells all of them apart, and has a number otherwise; an empty one is that of a
// file without a header.
std::vector<std::string> distinct_names(const std::vector<std::string>& names);
// Where the header of `head`, which was read as `trial`, tells two columns not apart: makes it a
// line before the rows, and gives them such names.
void name_columns_apart(std::string_view head, const Trial& trial, ReadOptions& options,
                        FileShape& shape);

}  // namespace sp
