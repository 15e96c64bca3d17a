// Brings what became of files from the journal of sp-watch into sp.outcome, each line once.
//
// How far a file of the journal was brought stands in sp.journal, written in the same transaction
// as what came of it; so a crash repeats nothing and leaves nothing out. Two that bring the same
// lines at a time are as good as one: of two lines about a file the later one counts. Nothing waits
// for the disk: what a crash of the server loses is brought again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sp-load/db/connection.h"
#include "sp-load/journal/journal_line.h"

namespace sp::load {

struct BroughtLines {
  std::uint64_t files = 0;    // rows that are new or changed
  std::uint64_t unknown = 0;  // lines that are none of a journal
};

// All that is there, files that were rotated away included. Throws DatabaseError and Error:
// kNoInput where there is no journal.
BroughtLines bring_journal(Connection& connection, const std::string& path);

// What is new, some MiB at most, and `outcomes` that sp-load itself knows, whose host and folder
// are the journal's: for the end of a load. Throws as the other does, but for a journal that is not
// there: it was rotated away.
void bring_new_lines(Connection& connection, const std::string& path,
                     std::vector<FileOutcome> outcomes);

}  // namespace sp::load
