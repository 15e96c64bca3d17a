// A temporary table that holds columns of an input's rows, and columns of our own beside them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sp-load/copy/row_encoder.h"
#include "sp-load/copy/row_pass.h"
#include "sp-load/db/connection.h"
#include "sp-load/db/table.h"

namespace sp::load {

class SideTable {
 public:
  struct OwnColumn {
    const char* name;  // gets underscores after it where `table` has a column of that name
    Oid type;          // of a type of fixed size
  };
  // An empty one, which lasts as long as the transaction. `columns` are some of a plan for `table`,
  // which must outlive it, as the connection must.
  SideTable(Connection& connection, const Table& table, std::string name,
            const std::vector<CopyColumn>& columns, CopyFormat format,
            const std::vector<OwnColumn>& own);
  // Makes it; else there must be one of that name and these columns.
  void create();
  // A name that no other has in this process.
  static std::string unused_name(const std::string& kind);
  SideTable(const SideTable&) = delete;
  SideTable& operator=(const SideTable&) = delete;

  const std::string& name() const { return name_; }
  const std::string& quoted() const { return quoted_; }
  // Quoted name of own column `i`.
  const std::string& own(std::size_t i) const { return own_names_[i]; }
  // Its value in the next row, to be set while choose() below runs.
  void set_own(std::size_t i, std::string_view text) { own_values_[i] = text; }

  // Sends the rows of `pass` from where it is that `choose` wants, in one COPY; returns the times
  // of those rows. Throws as COPY and RowPass do.
  TimeRange fill(RowPass& pass, BadText bad_text, const std::function<bool()>& choose);

 private:
  Connection& connection_;
  std::string name_, quoted_;
  std::vector<TableColumn> own_;
  std::vector<std::string> own_names_, own_values_;
  CopyPlan plan_;
};

// `name`, with underscores after it where `table` has a column of that name.
std::string unused_name(const Table& table, std::string name);
// A condition on the table's rows, under the alias `there`: those within `times`. A table of many
// months has many partitions, of which few need be looked at.
std::string within(const Connection& connection, const Table& table, const TimeRange& times);
// `names` in quotes, with commas between them and `prefix` before each.
std::string identifier_list(const Connection& connection, const std::vector<std::string>& names,
                            const std::string& prefix = "");

}  // namespace sp::load
