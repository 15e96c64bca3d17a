// Lists of column names.
//
// As flags give them: "a,b", and in quotes, as in CSV, where a name holds a comma, a
// quote or an equals sign or is empty: 'a,"b,c",""'. Throws Error(kUsage) that names the flag.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sp {

// "a, b, (unnamed)" for messages; of many names the first, and how many more there are.
std::string shown_names(const std::vector<std::string>& names);

// "a,b" -> a, b. `flag` ("--by") is for messages.
std::vector<std::string> parse_name_list(std::string_view text, std::string_view flag);

// "COL=VALUE" -> COL, VALUE. The value is all that follows the first '=' after the name, as it is.
std::pair<std::string, std::string> parse_assignment(std::string_view text, std::string_view flag);

}  // namespace sp
