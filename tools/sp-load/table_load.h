// One input into one table: straight by COPY and, where rows are there already, through a temporary
// table that the conflicts are taken out of.
#pragma once

#include <cstdint>
#include <string>

#include "connection.h"
#include "copy_stream.h"
#include "options.h"
#include "partitions.h"
#include "row_pass.h"

namespace sp::load {

struct TableCounts {
  std::string table;  // schema.name
  CopyFormat format = CopyFormat::kBinary;
  std::uint64_t received = 0;  // = loaded + duplicates
  std::uint64_t loaded = 0;
  std::uint64_t duplicates = 0;
};

class TableLoad {
 public:
  // All must outlive it. A transaction is open.
  TableLoad(Connection& connection, const LoadOptions& options, const Log& log, RowSource from)
      : connection_(connection), options_(options), log_(log), from_(std::move(from)) {}

  // Throws Error(kDataErr) for a row that cannot be loaded, DatabaseError for what the server
  // refuses otherwise. The transaction is then to be rolled back.
  TableCounts run();
  // What the rows said, after run().
  const RowFacts& facts() const { return facts_; }

 private:
  void copy_straight(RowPass& pass);
  void copy_by_month(RowPass& pass, CopyStream& stream);
  void copy_staged(RowPass& pass);
  void take_over(const RowPass& pass);
  std::string column_list(const CopyPlan& plan) const;
  [[noreturn]] void rethrow_with_row(const DatabaseError& error, const CopyStream& stream,
                                     const std::string& relation);
  Connection& connection_;
  const LoadOptions& options_;
  const Log& log_;
  RowSource from_;
  TableCounts counts_;
  RowFacts facts_;
};

}  // namespace sp::load
