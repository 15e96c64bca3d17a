// One try of the load, on one connection, in one transaction.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sp-load/copy/input.h"
#include "sp-load/ledger/sources.h"
#include "sp-load/options.h"
#include "sp-load/table_load.h"

namespace sp::load {

struct Outcome {
  std::vector<TableCounts> tables;  // in the order of the inputs; empty where already loaded
  std::vector<FileResult> files;    // of --source
  bool already_loaded = false;      // all of them
};

// What outlives a try.
struct Job {
  const LoadOptions& options;
  const Log& log;
  const Schema* schema;                        // --schema; null: none
  std::vector<Source> sources;                 // --source
  std::vector<std::unique_ptr<Input>> inputs;  // of options.tables
  // A COMMIT was sent and its answer lost: what was to be committed, and the transaction's number.
  struct LostCommit {
    Outcome outcome;
    std::string transaction;
  };
  std::optional<LostCommit> lost_commit;
  // That of the try before, where it was lost: the server may not have noticed.
  std::optional<TransactionId> lost_transaction;
};

// Throws DatabaseError and Error; then nothing is committed, unless job.lost_commit says that it is
// not known.
Outcome try_load(Job& job);

}  // namespace sp::load
