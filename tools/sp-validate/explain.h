// --explain: what the schema and the flags of a run mean, as a table that a person can check.
#pragma once

#include <string>

#include "sp/schema/schema.h"
#include "sp/stream/stream_options.h"

namespace sp {

// Throws Error(kConfig) for a constraint that makes no sense.
std::string explain_schema(const Schema& schema, const StreamOptions& stream);

}  // namespace sp
