// What --unit, --normalize and --round say of a column's numbers: the text after "COL=".
//
// All throw Error(kUsage).
#pragma once

#include <string>

#include "sp-transform/step.h"
#include "sp/unit/unit.h"

namespace sp {

struct UnitFlag {
  UnitConversion conversion;
  std::string target;
};

UnitFlag parse_unit_flag(const std::string& text);    // FROM:TO
Scale parse_normalize_flag(const std::string& text);  // minmax:LO:HI or zscore:MEAN:SD
int parse_round_flag(const std::string& text);        // 0 to 17

}  // namespace sp
