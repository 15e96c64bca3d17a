// Rows are told as people find them: in the file, and not in what is left of it here.
#pragma once

#include <string>

#include "sp-load/options.h"
#include "sp/base/diagnostic.h"

namespace sp::load {

// What errors call standard input.
std::string name_of_stream(const LoadOptions& options);
// The row and line of the file where `where` is one of the rows received of it, and the reports of
// --require-report are there and tell; `where` itself otherwise. To be called after the end of the
// input.
Location in_file(const LoadOptions& options, Location where);

}  // namespace sp::load
