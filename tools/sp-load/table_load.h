// One input into one table: straight by COPY. Where rows are there already, they are looked for by
// their keys, and the others go straight once more; where that does not do either, all rows go
// through a temporary table.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sp-load/copy/copy_stream.h"
#include "sp-load/copy/partitions.h"
#include "sp-load/copy/row_pass.h"
#include "sp-load/db/connection.h"
#include "sp-load/merge/known_rows.h"
#include "sp-load/merge/merger.h"
#include "sp-load/options.h"

namespace sp::load {

struct TableCounts {
  std::string table;  // schema.name
  CopyFormat format = CopyFormat::kBinary;
  RowNumbers rows;
  std::vector<RowNumbers> files;  // the same by the file of the rows; one where there is none
  bool knows_conflicts = true;    // false: the role may not compare the rows with the table's
  std::vector<FoundRow> first_conflicts;  // to be told after the commit
  // Of files whose rows were there: the names of those that had brought them, where that is known.
  std::map<std::size_t, std::vector<std::string>> earlier;
};

class TableLoad {
 public:
  // All must outlive it. A transaction is open.
  TableLoad(Connection& connection, const LoadOptions& options, const Log& log,
            const RowSource& from, Merger& merger)
      : connection_(connection), options_(options), log_(log), from_(from), merger_(merger) {}

  // Throws Error(kDataErr) for a row that cannot be loaded, DatabaseError for what the server
  // refuses otherwise. The transaction is then to be rolled back.
  TableCounts run();
  // What the rows said, after run().
  const std::vector<RowFacts>& facts() const { return facts_; }

 private:
  // Rows that COPY counts and that were not left out before it.
  struct Sent {
    const std::string& relation;  // name of the table that they went to
    const CopyStream* stream;     // null: they went in their own order
    std::uint64_t before;         // rows of COPYs before
    bool known;                   // only the known ones, or only the others
  };
  bool try_straight();
  bool try_around_known();
  void copy_staged();
  void copy_straight(RowPass& pass);
  void copy_by_month(RowPass& pass, CopyStream& stream);
  void merge();
  void require_policy(const RowNumbers& numbers) const;
  // `left_out`: of each file's rows, how many were not sent.
  void take_over(const RowPass& pass, const std::vector<std::uint64_t>& left_out);
  void take_conflicts(const std::optional<Conflicts>& found);
  void add_up();
  std::size_t files() const { return from_.files == nullptr ? 1 : from_.files->size(); }
  bool lacks_partition(const DatabaseError& error) const;
  bool is_there_already(const DatabaseError& error, const CopyPlan& plan) const;
  std::string column_list(const CopyPlan& plan) const;
  RowOrder key_order(const CopyPlan& plan) const;
  [[noreturn]] void rethrow_with_row(const DatabaseError& error, const Sent& sent);
  Connection& connection_;
  const LoadOptions& options_;
  const Log& log_;
  RowSource from_;
  Merger& merger_;
  KnownRows known_;  // left out of COPY
  std::vector<std::uint64_t> known_by_file_;
  std::string copied_into_;  // the table that COPY is into
  TableCounts counts_;
  std::vector<RowFacts> facts_;
};

}  // namespace sp::load
