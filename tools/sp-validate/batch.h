// A batch: many files in one run, each with a fate of its own. Each row says, in a last column, of
// which file it is; a file that cannot be read is refused and spoils nothing.
#pragma once

#include <string>
#include <vector>

#include "sp-validate/options.h"
#include "sp/base/diagnostic.h"

namespace sp {

// --file-column. Throws Error where no file's fate can be told from the others', so that the run
// as a whole is void.
void validate_batch(const ValidateOptions& options, const std::vector<std::string>& files,
                    const Log& log);

}  // namespace sp
