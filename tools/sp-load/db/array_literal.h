// Many values as one parameter of a command.
#pragma once

#include <string>
#include <vector>

namespace sp::load {

// An array as text: {"a","b\"c",NULL}. An empty value is NULL.
std::string array_literal(const std::vector<std::string>& values);

}  // namespace sp::load
