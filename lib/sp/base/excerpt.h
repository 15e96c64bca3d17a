// A value of the input as a message shows it.
#pragma once

#include <string>
#include <string_view>

namespace sp {

// `value` in single quotes, cut after some 60 bytes at a character's end. Control characters are
// escaped by Log.
std::string excerpt(std::string_view value);

}  // namespace sp
