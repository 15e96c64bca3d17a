// The run of sp-validate: every row of every input is checked, valid rows go on, rejected ones are
// kept.
#pragma once

#include "sp-validate/options.h"
#include "sp/base/diagnostic.h"

namespace sp {

// Throws Error(kDataErr) at the end, after all was written, where the contract says 65.
void run_validate(const ValidateOptions& options, const Log& log);

}  // namespace sp
