// The delimiter of a CSV file, told from its beginning.
#pragma once

#include <string_view>

#include "sp-schema/infer/layout/trial.h"
#include "sp/table/record_reader.h"

namespace sp {

// Sets options.delimiter, unless a flag, dialect or format names it, and reads `head` with it. One
// that is not good where none fits.
Trial choose_delimiter(std::string_view head, ReadOptions& options);

}  // namespace sp
