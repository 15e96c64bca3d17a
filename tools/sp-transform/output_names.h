// Whether the names of the output's columns differ.
#pragma once

#include <string>
#include <vector>

#include "sp-transform/draft.h"
#include "sp-transform/options.h"

namespace sp {

// Throws Error where two columns would have one name; `file` is the input's, for messages.
void check_output_names(const std::vector<Draft>& drafts, const TransformOptions& options,
                        const std::string& file);

}  // namespace sp
