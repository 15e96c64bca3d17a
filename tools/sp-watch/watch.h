// The loop: waits for events, signals, commands and the time, and hands files to the command.
#pragma once

#include "sp-watch/options.h"
#include "sp/base/diagnostic.h"

namespace sp::watch {

// Watches until a signal ends it; with `once` works through what is there. Throws Error: what ended
// it, and with `once` kTempFail, kSoftware or kDataErr where files were left, failed or
// quarantined.
void run_watch(const Options& options, const Log& log);

}  // namespace sp::watch
