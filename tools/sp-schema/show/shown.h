// Names and texts of a schema as people read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sp {

// `text` where it can be told from its neighbours, else as a JSON string: empty, with blanks,
// commas, quotes or what no terminal should be sent.
std::string shown(std::string_view text);

// The same of each, separated by commas.
std::string shown_list(const std::vector<std::string>& texts);

}  // namespace sp
