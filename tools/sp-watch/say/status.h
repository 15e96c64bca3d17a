// --status: what is where. Only looks; a watcher at work is not disturbed.
#pragma once

#include "sp-watch/options.h"

namespace sp::watch {

// A table, or with --log-format json one object, on standard output. Throws Error(kNoInput,
// kIoErr).
void print_status(const Options& options);

}  // namespace sp::watch
