// The file of --outcomes and SP_OUTCOMES: what became of files of a run that ended otherwise than
// the run, one JSON object a line with `file`, `status` (sysexits), `reason`, `tool`, which says
// so, and `schema_sha256`, by which schema, where there was one.
#pragma once

#include <string>
#include <string_view>

#include "sp/base/exit_code.h"

namespace sp {

std::string outcome_line(std::string_view file, ExitCode status, std::string_view reason,
                         std::string_view tool, std::string_view schema_sha256 = "");

}  // namespace sp
