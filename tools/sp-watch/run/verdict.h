// How a job came out of a run, or all jobs of one, and the words for it: in the journal and in the
// file NAME.reason.json that lies beside a file that was refused or given up.
#pragma once

#include <string>
#include <string_view>

#include "sp-watch/job/job.h"
#include "sp-watch/run/outcomes.h"
#include "sp-watch/run/process.h"
#include "sp-watch/run/schedule.h"
#include "sp/base/diagnostic.h"

namespace sp::watch {

struct Verdict {
  Ending ending;
  std::string words;      // the command's own about this; may be empty
  std::string last_line;  // else of standard error, where it failed
  std::string tool;       // that failed, where that is said; may be empty, as may be this:
  std::string schema_sha256;
  Progress::Counts rows = {};  // as in Outcome
  std::string why() const;
};

// Of the run as a whole, by its end and what it said last.
Verdict verdict_of(const Process& process);
// What the command says of one of several files.
Verdict verdict_of(const Outcome& outcome);
// Where something went wrong here and not in the command: as if the command had ended so.
Verdict verdict_of(const Error& error);
std::string_view reason_of(ExitCode code);

// The job remembers it as that of its last try.
void note(Job& job, const Verdict& verdict);

// The text of NAME.reason.json of a file for which no command ran.
std::string reason_text(const Job& job, const std::string& why);
// After a run of `seconds`; `last_words` are those on standard error, where they are about this
// file.
std::string reason_text(const Job& job, const Verdict& verdict, double seconds,
                        const std::string_view* last_words);

}  // namespace sp::watch
