// What became of a run: its files, its rows, and what was wrong with them, for people and for the
// report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sp-validate/options.h"
#include "sp-validate/violation.h"
#include "sp/app/report.h"
#include "sp/schema/header_check.h"

namespace sp {

struct Outcome {
  std::vector<FileReport> files;
  RowCounts total;
  ViolationCounts violations;

  // Counts the file's rows, and keeps it.
  void add(FileReport file);
};

// "3 of 5 rows rejected: a required 2, b minimum 1", and how many rows were left out and values
// made missing; empty where all are valid.
std::string summary(const Outcome& outcome);

// Why so many rejected rows are an error by --max-rejects and --rejects; empty where they are not.
std::string rejects_error(const Outcome& outcome, const ValidateOptions& options);

// Of a header that is not the schema's: what is wrong first, and all the columns that it lacks.
std::string header_error(const std::vector<HeaderFault>& faults);

// `schema_sha256` is empty where no schema was used. `with_status`: for each file too.
JsonObject outcome_report(const Outcome& outcome, const std::string& schema_sha256,
                          bool with_status);

}  // namespace sp
