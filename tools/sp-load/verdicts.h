// What becomes of each file of a load once the database has answered: its rejected rows come to
// quarantine, or are dropped where another file brings them, and it gets a line in --outcomes,
// which says why where it is not loaded.
#pragma once

#include "sp-load/transaction.h"

namespace sp::load {

// After the commit, or after the ledger knew all files; the reports of the stages that ended well
// are there. What is brought to quarantine is on the disk when it returns. Nothing without
// --rejects. Throws Error: kIoErr, kTempFail where a file cannot be read; where no --outcomes takes
// the line of a file that is not loaded, what stands in that line.
void pass_verdicts(const Job& job, const Outcome& outcome);

}  // namespace sp::load
