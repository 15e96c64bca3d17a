// The load: one transaction, tried again as long as what fails may pass.
#pragma once

#include "sp-load/options.h"
#include "sp/base/diagnostic.h"

namespace sp::load {

void run(const LoadOptions& options, const Log& log);

}  // namespace sp::load
