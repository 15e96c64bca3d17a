// What a schema means, as a table that a person can check.
#pragma once

#include <string>

#include "sp/schema/schema.h"

namespace sp {

// Throws Error(kConfig) for a constraint that makes no sense.
std::string explain_schema(const Schema& schema);

}  // namespace sp
