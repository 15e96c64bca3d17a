// The words of a column's name: "Temp_Out (°C)" is temp, out.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace sp {

// Letters and digits in lower case, all else one underscore between: "PM2.5" is
// "pm2_5".
std::string plain_name(std::string_view name);
// Whether one of `words` is a word of the name.
bool has_word(std::string_view name, std::initializer_list<std::string_view> words);

}  // namespace sp
