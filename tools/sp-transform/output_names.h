// Whether the names of the output's columns differ.
#pragma once

#include "sp-transform/drafts.h"
#include "sp-transform/reshape.h"

namespace sp {

// Throws Error where two columns would have one name.
void check_output_names(const Drafts& drafts, const Reshape& reshape);

}  // namespace sp
