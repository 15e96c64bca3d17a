// sp-schema infer: the schema that the data suggest, in one pass and memory that does
// not grow but for the hashes of keys.
#pragma once

#include "sp-schema/options.h"
#include "sp/base/diagnostic.h"

namespace sp {

// Prints the schema of the files to standard output. Throws Error(kDataErr) for
// columns that cannot be told apart, or that differ between the files.
void run_infer(const InferOptions& options, const Log& log);

}  // namespace sp
