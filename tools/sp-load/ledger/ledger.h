// The ledger, sp.ingest: which files were loaded, by the SHA-256 of their bytes, and what else by
// the key that it was given.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sp-load/copy/row_numbers.h"
#include "sp-load/db/connection.h"
#include "sp-load/ledger/file_digests.h"

namespace sp::load {

// A file that rows came from, as it was when sp-load started.
class SourceFile {
 public:
  // When a large one is read, beside what comes next or not before its sums are asked for; a small
  // one is at once.
  enum class Reading { kBeside, kWhenAsked };
  // Begins to read it; that ends with the last copy of this. Throws Error: kUsage where it is no
  // regular file, kNoInput.
  explicit SourceFile(std::string path, Reading when = Reading::kBeside);
  // Throws Error(kTempFail) where the file is not the one any more whose bytes were summed up.
  void require_unchanged() const;
  // Throws Error(kIoErr) where it could not be read to its end.
  const std::string& sha256() const { return digests_.get().sha256; }
  const std::string& xxh128() const { return digests_.get().xxh128; }
  bool is_summed_up() const;      // or the two above do not wait
  std::string base_name() const;  // bytes that are not UTF-8 become U+FFFD
  // When sp-watch took it, RFC 3339: the rename into work/ set its ctime, which it keeps unless it
  // is written to.
  std::string taken_at() const;
  std::uint64_t size() const { return static_cast<std::uint64_t>(info_.st_size); }

 private:
  std::string path_;
  struct stat info_ {};
  std::shared_future<FileDigests> digests_;
  std::shared_ptr<void> end_;  // goes first, and stops the reading, for whose end the future waits
};

// What the ledger tells a source by.
struct SourceIdentity {
  // Hexadecimal digits: the SHA-256 of its bytes or, where it has a key, the letter k and the
  // SHA-256 of that.
  std::string digest;
  std::string key;       // empty: none
  std::string name;      // base name, UTF-8
  std::string size;      // bytes; empty: it is no file
  std::string taken_at;  // by sp-watch, RFC 3339; empty: it was not
};

struct LedgerEntry {
  std::int64_t ingest_id = 0;
  bool already_loaded = false;
  std::string loaded_as;      // the name under which it was loaded
  std::string schema_sha256;  // with which it was checked then; empty: not known
  std::uint64_t rows_loaded = 0, rows_known = 0, rows_rejected = 0;  // by that load
  // It was this very file, as sp-watch took it: of what that load said of it nobody may have heard.
  bool is_of_this_file = false;
  bool is_in_vain = false;      // no row of it came in then
  std::int64_t instead_of = 0;  // such a load, which this one replaces; 0: none
};

// The sizes of these that a file of the ledger has too, in bytes: those of another size were not
// loaded. Throws Error(kConfig) where there is no ledger.
std::set<std::uint64_t> sizes_known(Connection& connection,
                                    const std::vector<const SourceFile*>& files);

// Writes the ledger rows that hold this transaction's place, an entry for each of `sources`, whose
// digests must differ; where another transaction is loading one of these, waits for its end. Rows
// are taken in the order of the digests, so that two loads never wait for each other in a circle.
// A load of which no row came in, by another schema than that of `schema_sha256`, is forgotten;
// none is where that is empty. Throws Error(kConfig) where there is no ledger.
std::vector<LedgerEntry> begin_ingests(Connection& connection,
                                       const std::vector<SourceIdentity>& sources,
                                       const std::string& schema_sha256);

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
