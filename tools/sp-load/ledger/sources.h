// What the rows come from, the files of --source or what has a --key: their bytes before the load,
// their rows in the ledger during it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sp-load/copy/file_column.h"
#include "sp-load/copy/row_numbers.h"
#include "sp-load/ledger/ledger.h"
#include "sp-load/ledger/required_reports.h"

namespace sp::load {

// A file as it was when sp-load started; outlives a try.
struct Source {
  std::string name;                // as --name, --source or --key has it
  std::optional<SourceFile> file;  // none: it cannot be read, or need not be, or is no file
  std::string problem;             // where it cannot, why
  std::string key;                 // --key; empty: the ledger knows it by its bytes

  bool is_there() const { return file || !key.empty(); }
  std::string base_name() const;  // in the ledger; bytes that are not UTF-8 become U+FFFD
  // Waits for its sums. `is_taken`: by sp-watch.
  SourceIdentity identity(bool is_taken) const;
};
// Reads each once; of several, large ones when their sums are asked for, one after the other. A
// file that cannot be read is an error, unless `may_be_refused`: one that was refused before it
// came here needs no reading.
std::vector<Source> open_sources(const std::vector<std::string>& names, bool may_be_refused);

// A stage read its file before it was summed up here. Throws Error where it read other bytes:
// kTempFail where the file was written to in between, kUsage where a stage read a file of another
// name instead. `read` is of ReportedRows; a file that it does not tell of is not compared.
void require_same_bytes(const std::vector<Source>& sources, const std::vector<FileReport>& read);

struct LoadedRows {
  std::uint64_t loaded = 0, known = 0, rejected = 0;
};

// What became of a file.
struct FileResult {
  std::optional<std::int64_t> ingest_id;
  bool already_loaded = false;
  bool refused = false;                        // by a stage before: it has no row in the ledger
  std::string loaded_as;                       // where already_loaded
  std::string schema_sha256;                   // then: that of the load, where it is known
  std::optional<std::uint64_t> rejected_then;  // where a load before this one did that
  std::int64_t instead_of = 0;  // a load in vain, by another schema, that is replaced; 0: none
  // Where that was of this very file, whose end sp-watch did not see: what it may not have heard.
  std::optional<LoadedRows> untold;
  std::uint64_t rows_read = 0;
  std::uint64_t rows_left_out = 0;  // of these, by the schema
  std::uint64_t rows_passed = 0;    // of these; others may have been made of them
  RowNumbers rows;
  std::uint64_t rows_rejected() const { return rows_read - rows_left_out - rows_passed; }
};

// The ledger's rows of one try.
class Ingests {
 public:
  // All must outlive it. `column` as in FileColumn.
  Ingests(Connection& connection, const std::vector<Source>& sources, const std::string& column);
  // Begins them; `are_taken`: sp-watch took them from a folder; `schema_sha256` as in
  // begin_ingests(). False where all are loaded already.
  bool begin(bool are_taken, const std::string& schema_sha256);
  const FileColumn& files() const { return files_; }
  const std::vector<FileResult>& results() const { return results_; }
  // After the first input: takes back the rows of files that a report says were refused. Throws
  // Error(kTempFail) where a file's rows and its report do not agree.
  void settle(const ReportedRows& reported, const std::vector<RowNumbers>& rows);
  // After the last: writes what came of them. `window_hours` is of each file's metrics, or empty.
  void finish(const ReportedRows& reported, const std::vector<RowNumbers>& rows,
              const std::vector<RowFacts>& facts, const std::vector<int>& window_hours);

 private:
  void take(std::size_t file, const FileReport& report, const RowNumbers& rows, bool is_reshaped);
  void take_all(const ReportedRows& reported, const std::vector<RowNumbers>& rows);
  Connection& connection_;
  const std::vector<Source>& sources_;
  FileColumn files_;
  std::vector<FileResult> results_;
  std::vector<std::optional<std::size_t>> same_as_;  // of each: an earlier one of the same bytes
};

}  // namespace sp::load
