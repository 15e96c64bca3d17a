// The schema that a run checks against: the file of --schema, changed by --require, --type and
// --range, or those alone.
#pragma once

#include "sp-validate/options.h"
#include "sp/schema/schema.h"

namespace sp {

// Throws Error(kConfig) for a wrong schema file, Error(kUsage) for wrong flags.
Schema requested_schema(const ValidateOptions& options);

// The streams of such a run, by the schema's dialect and the flags; an input without a header has
// the schema's names. Throws Error(kConfig).
StreamOptions requested_stream(const ValidateOptions& options, const Schema& schema);

}  // namespace sp
