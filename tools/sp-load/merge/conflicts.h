// Rows whose key is there with other values: which of the rows that are duplicates by their keys
// are none by their values.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sp-load/copy/row_numbers.h"
#include "sp-load/db/connection.h"
#include "sp-load/db/table.h"
#include "sp-load/merge/side_table.h"

namespace sp::load {

constexpr std::size_t kFirstConflicts = 5;  // are told

struct Conflicts {
  std::vector<std::uint64_t> by_file;  // their numbers
  std::vector<std::uint64_t> first;    // positions of the first few, in order
};

struct ConflictQuestion {
  const Table& table;
  const CopyPlan& plan;
  const SideTable& rows;  // with own columns position and file, in this order
  TimeRange times;        // of the rows
  std::size_t files;
};

// Rows that are compared with the table's row of their key; rows whose key it lacks are none.
// Nothing where the role may not read the columns.
std::optional<Conflicts> find_conflicts_with_table(Connection& connection,
                                                   const ConflictQuestion& question);
// The same, but of rows with the same key only the first is compared with the table, each of the
// others with the one before. The role can read the columns.
Conflicts find_conflicts_in_turn(Connection& connection, const ConflictQuestion& question);

enum class Compare {
  kInput,
  kAllButKey
};  // the columns that come from the input, or that we fill too
// "there.a IS DISTINCT FROM here.a OR ...", never of the key's columns; empty where none are left.
std::string differences(const Connection& connection, const Table& table, const CopyPlan& plan,
                        Compare which, const std::string& there, const std::string& here);

}  // namespace sp::load
