// Whether the first row of an input names the columns, or is one of the data, or of what stands
// before both.
#pragma once

#include <string>
#include <vector>

#include "sp-schema/infer/layout/trial.h"

namespace sp {

// Whether a name is a number or a time.
bool has_data(const std::vector<std::string>& names);
// Whether a column but the first, which may be that of row numbers, has cells and no name: what
// stands above it is a title that a spreadsheet has made as wide as the rows, or half a header.
bool lacks_names(const Trial& trial);
// Whether the names are those of columns, each another one.
bool has_names(const Trial& trial);
bool is_header(const Trial& trial);
// Whether what was taken for the names is a row of data.
bool is_row(const Trial& trial);

}  // namespace sp
