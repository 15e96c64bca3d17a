// A temporary table that holds rows of an input on their way to a table that has them already, or
// some of them.
#pragma once

#include <cstdint>
#include <string>

#include "connection.h"
#include "row_pass.h"
#include "side_table.h"
#include "table.h"

namespace sp::load {

class Stage {
 public:
  // Makes it, empty, with the plan's columns; it lasts as long as the transaction. All must outlive
  // it.
  Stage(Connection& connection, const Table& table, const CopyPlan& plan);
  const std::string& name() const { return rows_.name(); }
  // Sends the rows of `pass` that `choose` wants.
  TimeRange fill(RowPass& pass, BadText bad_text, const std::function<bool()>& choose);

  // Inserts the rows whose primary key is new to the table; of rows with the same key the first
  // wins. Returns how many it inserted.
  std::uint64_t insert_new() const;
  // Inserts these, and updates the others; of rows with the same key the last wins. Returns how
  // many keys were new.
  std::uint64_t upsert() const;

 private:
  std::uint64_t insert_from(const std::string& rows) const;
  Connection& connection_;
  const Table& table_;
  const CopyPlan& plan_;
  SideTable rows_;
  std::string columns_;  // quoted names of the plan's columns
  std::string key_;      // quoted names of the primary key's columns
};

}  // namespace sp::load
