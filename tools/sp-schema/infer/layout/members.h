// The members of NDJSON's objects, told from its beginning.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sp/table/record_reader.h"

namespace sp {

// Makes options.members those of the first objects, where any may lack some, without those that no
// cell can hold (then others are taken too), and sets `flatten` where objects hold objects; returns
// what was decided. `head` is the input's beginning in UTF-8.
std::vector<std::string> guess_members(std::string_view head, ReadOptions& options);

}  // namespace sp
