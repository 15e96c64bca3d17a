// A load into the tables of schema sp by a schema: what goes beyond copying rows.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sp-load/copy/copy_encode.h"
#include "sp-load/copy/file_column.h"
#include "sp-load/network/quantities.h"
#include "sp-load/network/reading_merger.h"
#include "sp-load/network/reading_names.h"
#include "sp-load/options.h"
#include "sp-load/table_load.h"

namespace sp::load {

// Of one try.
class NetworkLoad {
 public:
  // All must outlive it. `readings` is the input of sp.reading. Its header is read, and quantities
  // that are new are registered. Throws Error(kConfig, kDataErr).
  NetworkLoad(Connection& connection, const LoadOptions& options, const Log& log,
              const Schema& schema, Input& readings);

  // How the names in the rows of an input for that table become numbers; null: they need not.
  // `facts` and `tables` are of the inputs before.
  RowNames* names_for(const Table& table, Input& input, const FileColumn& files,
                      const std::vector<RowFacts>& facts, const std::vector<TableCounts>& tables);
  // What is done with readings that are there already.
  Merger& merger(const Table& readings);
  // After all rows: models that the files name; the readings that were there already, with metrics
  // that follow them. `counts` are those of the readings, `from` their input.
  // `facts` are what the readings' rows said.
  void finish(const FileColumn& files, const RowSource& from, const std::vector<RowFacts>& facts,
              TableCounts& counts);
  // The files whose metrics are stored: those of few readings a window would outgrow the readings,
  // and the views count these as fast.
  const FileColumn& measured() const { return *measured_; }
  // The length [h] of each file's windows; 0 where it has no metrics.
  const std::vector<int>& window_hours() const { return window_hours_; }
  // Readings before it are expired; in microseconds since 2000, or kNoTime.
  std::int64_t kept_since() const { return kept_since_; }

 private:
  void read_kept_since();
  void count_directions(const FileColumn& files, const std::vector<RowFacts>& facts);
  void choose_measured(Input& metrics, const FileColumn& files, const TableCounts& readings);
  void add_stated_types(const FileColumn& files);
  void merge_known(const FileColumn& files, const RowSource& from,
                   const std::vector<RowFacts>& facts, TableCounts& counts);

  Connection& connection_;
  const LoadOptions& options_;
  const Log& log_;
  Registrar registrar_;
  Network network_;
  QuantityIds quantity_ids_;
  std::vector<std::string> quantities_;  // that the input has
  std::unique_ptr<ReadingNames> readings_;
  std::vector<std::unique_ptr<RowNames>> others_;
  bool has_silent_directions_ = false;
  std::optional<FileColumn> measured_;
  std::vector<int> window_hours_;
  std::int64_t kept_since_ = kNoTime;
  std::unique_ptr<ReadingMerger> merger_;
};

}  // namespace sp::load
