// The file of --outcomes and SP_OUTCOMES: what became of the files of a run, one JSON object a line
// with `file` and `status` (sysexits). Of one that is refused also `reason`, `tool`, which says so,
// and `schema_sha256`, by which schema, where there was one; of one that is loaded its `rows`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sp/base/exit_code.h"

namespace sp {

std::string outcome_line(std::string_view file, ExitCode status, std::string_view reason,
                         std::string_view tool, std::string_view schema_sha256 = "");

// {"loaded":N,"known":N,"rejected":N}: `known` were there already.
std::string loaded_line(std::string_view file, std::uint64_t loaded, std::uint64_t known,
                        std::uint64_t rejected);

}  // namespace sp
