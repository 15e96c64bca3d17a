// Whether two JSON values are equal as JSON Schema has it: numbers by value (1 and 1.0), objects in
// any order of their members.
#pragma once

#include <simdjson.h>

#include <string>

namespace sp {

// Bytes that are the same for equal values and differ for others. Time and memory grow with the
// value (and the sorting of its members), not with its square.
std::string json_key(simdjson::dom::element value);

}  // namespace sp
