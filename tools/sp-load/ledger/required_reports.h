// The reports of the stages before: without them nobody can tell the end of the data from a
// producer that was killed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sp/app/report.h"

namespace sp::load {

// What they say about the file, for the ledger.
struct ReportedRows {
  // By the first sp-validate in the list, else by the first tool: read, left out and passed.
  std::uint64_t rows_read = 0;
  std::uint64_t rows_left_out = 0;
  std::uint64_t rows_passed = 0;
  std::string schema_sha256;  // of the first report that has one
  // Of each input of that sp-validate.
  std::vector<FileReport> files;
  // A stage made other rows of those that passed: a spread, a melt, a summary.
  bool is_reshaped = false;
  // What the first stage that opened files itself says it read of them; none where all read
  // standard input.
  std::vector<FileReport> read;
};

// Throws Error(kTempFail) where a report is missing, damaged or not "ok": a stage died. To be
// called after the end of the inputs.
void require_reports(const std::vector<std::string>& files);

// The same, and the counts must agree along the chain, in the order of `files`: what one stage
// wrote the next one read, and `received` is what the last one wrote: its rows, or its results.
// `files` must not be empty.
ReportedRows require_agreeing_reports(const std::vector<std::string>& files,
                                      std::uint64_t received);

// Of the reports that are there, for a load that does not ask for all of them: `read`, and `files`,
// whatever became of them.
std::vector<FileReport> files_read(const std::vector<std::string>& files);
std::vector<FileReport> files_judged(const std::vector<std::string>& files);

// Where in their file the rows stand that the stages passed, as FileReport has it; nothing where
// that is not known, where they made other rows of them, or where they are of several files.
std::optional<std::vector<RowPlace>> places_passed(const std::vector<std::string>& files);

// What `reports` say of the source `name`: by its name, or of the only file, where it `is_single`.
// Null where they do not.
const FileReport* find_report(const std::vector<FileReport>& reports, const std::string& name,
                              bool is_single);

}  // namespace sp::load
