// Rows between the header and the data: units, what was done to the values, formats of columns.
#pragma once

#include <string>
#include <vector>

#include "sp-schema/infer/layout/trial.h"
#include "sp/table/dialect.h"

namespace sp {

// Makes them commentRows, and returns what the first of them that is not blank has for each column;
// empty where there is none, or it is of formats.
std::vector<std::string> guess_unit_rows(Trial trial, Dialect& dialect);

}  // namespace sp
