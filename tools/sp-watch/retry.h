// --retry: a person sends files of quarantine/ and failed/ on their way again.
#pragma once

#include "sp-watch/options.h"
#include "sp/base/diagnostic.h"

namespace sp::watch {

// Brings them to work/, where a watcher finds them, and tells the journal. All names are looked for
// before anything is moved. Throws Error: kUsage where one is none or lies in both folders,
// kNoInput where nothing has it; what the first of those ended with that could not be moved, after
// all others were; kIoErr where the journal could not be written; what Spool's constructor throws.
void run_retry(const Options& options, const Log& log);

}  // namespace sp::watch
