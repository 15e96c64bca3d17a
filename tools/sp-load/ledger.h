// The ledger, sp.ingest: which files were loaded, by the SHA-256 of their bytes.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

#include "connection.h"

namespace sp::load {

// The file that the rows came from, as it was when sp-load started.
class SourceFile {
 public:
  // Reads it once. Throws Error: kNoInput, kIoErr.
  explicit SourceFile(std::string path);
  // Throws Error(kTempFail) where the file is not the one any more whose bytes were summed up.
  void require_unchanged() const;
  const std::string& sha256() const { return sha256_; }
  std::string base_name() const;  // bytes that are not UTF-8 become U+FFFD
  std::uint64_t size() const { return static_cast<std::uint64_t>(info_.st_size); }

 private:
  std::string path_;
  struct stat info_ {};
  std::string sha256_;
};

struct LedgerEntry {
  std::int64_t ingest_id = 0;
  bool already_loaded = false;
  std::string loaded_as;  // the name under which it was loaded
};

// Writes the ledger row that holds this transaction's place; where another transaction is loading
// the same bytes, waits for its end. Throws Error(kConfig) where there is no ledger.
LedgerEntry begin_ingest(Connection& connection, const SourceFile& file);

struct IngestNumbers {
  std::string source;         // who published the data; empty: not known
  std::string schema_sha256;  // empty: no schema
  std::uint64_t rows_read = 0, rows_valid = 0, rows_rejected = 0;
  std::uint64_t rows_loaded = 0, rows_duplicate = 0;
  std::optional<std::int64_t> first_micros,
      last_micros;  // since 2000-01-01T00:00:00Z
};

// In the transaction of begin_ingest().
void finish_ingest(Connection& connection, std::int64_t ingest_id, const IngestNumbers& numbers);

}  // namespace sp::load
