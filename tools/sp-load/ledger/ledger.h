// The ledger, sp.ingest: which files were loaded, by the SHA-256 of their bytes.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "sp-load/copy/row_numbers.h"
#include "sp-load/db/connection.h"
#include "sp-load/ledger/file_digests.h"

namespace sp::load {

// A file that rows came from, as it was when sp-load started.
class SourceFile {
 public:
  // Begins to read it, a large one beside what comes next; that ends with the last copy of this.
  // Throws Error: kUsage where it is no regular file, kNoInput.
  explicit SourceFile(std::string path);
  // Throws Error(kTempFail) where the file is not the one any more whose bytes were summed up.
  void require_unchanged() const;
  // Throws Error(kIoErr) where it could not be read to its end.
  const std::string& sha256() const { return digests_.get().sha256; }
  const std::string& xxh128() const { return digests_.get().xxh128; }
  bool is_summed_up() const;      // or the two above do not wait
  std::string base_name() const;  // bytes that are not UTF-8 become U+FFFD
  std::uint64_t size() const { return static_cast<std::uint64_t>(info_.st_size); }

 private:
  std::string path_;
  struct stat info_ {};
  std::shared_future<FileDigests> digests_;
  std::shared_ptr<void> end_;  // goes first, and stops the reading, for whose end the future waits
};

struct LedgerEntry {
  std::int64_t ingest_id = 0;
  bool already_loaded = false;
  std::string loaded_as;            // the name under which it was loaded
  std::uint64_t rows_rejected = 0;  // by that load
  std::string schema_sha256;        // with which it was checked then; empty: not known
};

// Whether the ledger has a file of the size of one of these: none of them was loaded where it has
// not. Throws Error(kConfig) where there is no ledger.
bool has_sizes_of(Connection& connection, const std::vector<const SourceFile*>& files);

// Writes the ledger rows that hold this transaction's place, an entry for each of `files`, whose
// bytes must differ; where another transaction is loading the same bytes, waits for its end. Rows
// are taken in the order of their hashes, so that two loads never wait for each other in a circle.
// Throws Error(kConfig) where there is no ledger.
std::vector<LedgerEntry> begin_ingests(Connection& connection,
                                       const std::vector<const SourceFile*>& files);

struct IngestNumbers {
  std::int64_t ingest_id = 0;
  std::string source;         // who published the data; empty: not known
  std::string schema_sha256;  // empty: no schema
  int window_hours = 0;       // of its metrics; 0: it has none
  std::uint64_t rows_read = 0, rows_rejected = 0, rows_passed = 0;
  RowNumbers rows;
  TimeRange times;
};

// Both in the transaction of begin_ingests(). Throw Error(kConfig) where the ledger is older.
void finish_ingests(Connection& connection, const std::vector<IngestNumbers>& numbers);
void withdraw_ingests(Connection& connection, const std::vector<std::int64_t>& ingest_ids);

}  // namespace sp::load
