// sp-aggregate's work: rows in, statistics out.
#pragma once

#include "sp-aggregate/options.h"

namespace sp {

// Throws Error. The options are completed on the way.
void run_aggregate(AggregateOptions& options);

}  // namespace sp
