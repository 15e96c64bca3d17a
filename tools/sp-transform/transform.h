// sp-transform's loop: rows in, rows in standard form out.
#pragma once

#include "sp-transform/options.h"

namespace sp {

// Reads all inputs and writes standard output and the report; throws Error.
void run_transform(TransformOptions& options);

}  // namespace sp
