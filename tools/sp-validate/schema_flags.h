// The schema that a run checks against: the file of --schema, changed by --require, --type and
// --range, or those alone.
#pragma once

#include "options.h"
#include "sp/schema.h"

namespace sp {

// Throws Error(kConfig) for a wrong schema file, Error(kUsage) for wrong flags.
Schema requested_schema(const ValidateOptions& options);

}  // namespace sp
