// What a command that ran on several files says about each of them: the file SP_OUTCOMES, NDJSON, a
// line {"file":"PATH","status":N,"reason":"TEXT"} for a file whose end is not just 0, and where it
// is known "tool", which failed, "schema_sha256", and "rows", {"loaded":N,…}, by what became of
// them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sp-watch/job/job.h"
#include "sp-watch/job/progress.h"
#include "sp/base/key_hash.h"

namespace sp::watch {

inline constexpr std::string_view kOutcomesFile = "outcomes.ndjson";  // in SP_TMPDIR

struct Outcome {
  int status = 0;      // as sysexits.h has them
  std::string reason;  // the command's words; may be empty, as may be what follows
  std::string tool, schema_sha256;
  Progress::Counts rows;
};
using Outcomes = KeyMap<Outcome>;  // by the job's name

// `text` names files by their path or their name alone: jobs have names that differ. Of several
// lines for a file the last counts. Throws Error(kSoftware) where a line is not such an object or
// names a file that the run does not have: the fate of some file was not understood then.
Outcomes parse_outcomes(std::string_view text, const std::vector<Job>& jobs);

// From the file `path`; nothing where it is not there. Throws as above, and Error(kIoErr).
Outcomes read_outcomes(const std::string& path, const std::vector<Job>& jobs);

}  // namespace sp::watch
