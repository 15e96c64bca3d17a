// A temporary table that holds rows of an input on their way to a table that has them already, or
// some of them.
#pragma once

#include <cstdint>
#include <string>

#include "sp-load/copy/row_pass.h"
#include "sp-load/db/connection.h"
#include "sp-load/db/table.h"
#include "sp-load/merge/conflicts.h"
#include "sp-load/merge/side_table.h"

namespace sp::load {

class Stage {
 public:
  // Makes it, empty, with the plan's columns; it lasts as long as the transaction. All must outlive
  // it.
  Stage(Connection& connection, const Table& table, const CopyPlan& plan, std::size_t files);
  const std::string& name() const { return rows_.name(); }
  // Sends the rows of `pass` that `choose` wants.
  void fill(RowPass& pass, BadText bad_text, const std::function<bool()>& choose);

  // How many of the rows have other values than the table for the same key. For insert_new(), after
  // it; for upsert(), before it, and then a row is compared with what it replaces. Nothing where
  // the role may not find out.
  std::optional<Conflicts> find_conflicts(bool in_turn) const;
  // Inserts the rows whose primary key is new to the table; of rows with the same key the first
  // wins. Returns how many it inserted, by their files.
  std::vector<std::uint64_t> insert_new() const;
  // Inserts these, and updates the others; of rows with the same key the last wins. Returns how
  // many keys were new.
  std::vector<std::uint64_t> upsert() const;

 private:
  std::string one_of_each_key(const char* order) const;
  std::vector<std::uint64_t> insert_from(const std::string& rows, const std::string& winners) const;
  Connection& connection_;
  const Table& table_;
  const CopyPlan& plan_;
  std::size_t files_;
  SideTable rows_;
  TimeRange times_;
  std::string columns_;  // quoted names of the plan's columns
  std::string key_;      // quoted names of the primary key's columns
};

}  // namespace sp::load
