// --infer: the schema that the data suggest, in one pass and memory that does
// not grow but for the hashes of keys.
#pragma once

#include <string>
#include <vector>

#include "options.h"
#include "sp/base/diagnostic.h"

namespace sp {

// Prints the schema of `files` to standard output. Throws Error(kDataErr) for
// columns that cannot be told apart, or that differ between the files.
void infer_schema(const ValidateOptions &options, const std::vector<std::string> &files,
                  const Log &log);

}  // namespace sp
