#include "sp-load/merge/conflicts.h"

#include <fmt/format.h>

#include <algorithm>

#include "sp-load/db/array_literal.h"

namespace sp::load {
namespace {

bool is_compared(const Table& table, const CopyColumn& column, Compare which) {
  const auto& key = table.primary_key;
  return (which == Compare::kAllButKey || column.filled == nullptr) &&
         std::find(key.begin(), key.end(), column.column->name) == key.end();
}

std::vector<std::string> compared_columns(const Table& table, const CopyPlan& plan) {
  std::vector<std::string> out;
  for (const CopyColumn& column : plan.columns) {
    if (is_compared(table, column, Compare::kInput)) out.push_back(column.column->name);
  }
  return out;
}

// Not every type can be compared; every one can be written.
bool is_comparable(const CopyColumn& column) {
  constexpr Oid kNumeric = 1700;
  return column.fixed != nullptr || column.column->is_string || column.column->type == kNumeric;
}

bool may_read(Connection& connection, const Table& table, const std::vector<std::string>& columns) {
  const Param params[] = {table.quoted, array_literal(columns)};
  return connection.run_for_text(
             "SELECT bool_and(has_column_privilege($1::text::regclass, name, 'SELECT'))"
             " FROM unnest($2::text[]) AS name",
             params) == "t";
}

std::string ask_table(const Connection& connection, const ConflictQuestion& q,
                      const std::string& rows) {
  return fmt::format(
      "SELECT here.{}, here.{} FROM {} AS here JOIN {} AS there USING ({}) WHERE ({}) AND {}",
      q.rows.own(0), q.rows.own(1), rows, q.table.quoted,
      identifier_list(connection, q.table.primary_key),
      differences(connection, q.table, q.plan, Compare::kInput, "there", "here"),
      within(connection, q.table, q.times));
}

Conflicts take(Connection& connection, const ConflictQuestion& q, const std::string& query) {
  const std::string name = connection.qualified("pg_temp", q.rows.name() + "_found");
  connection.run("ANALYZE " + q.rows.quoted());
  connection.run(fmt::format("CREATE TEMPORARY TABLE {} (position, file) ON COMMIT DROP AS {}",
                             connection.identifier(q.rows.name() + "_found"), query));
  Conflicts out;
  out.by_file.resize(q.files);
  const Result counts =
      connection.run(fmt::format("SELECT file, count(*) FROM {} GROUP BY file", name));
  for (int i = 0; i < counts.rows(); ++i) {
    out.by_file[static_cast<std::size_t>(counts.integer(i, 0))] =
        static_cast<std::uint64_t>(counts.integer(i, 1));
  }
  const Result first = connection.run(
      fmt::format("SELECT position FROM {} ORDER BY position LIMIT {}", name, kFirstConflicts));
  for (int i = 0; i < first.rows(); ++i) {
    out.first.push_back(static_cast<std::uint64_t>(first.integer(i, 0)));
  }
  return out;
}

Conflicts none(const ConflictQuestion& q) { return {std::vector<std::uint64_t>(q.files), {}}; }

}  // namespace

std::string differences(const Connection& connection, const Table& table, const CopyPlan& plan,
                        Compare which, const std::string& there, const std::string& here) {
  std::string out;
  for (const CopyColumn& column : plan.columns) {
    if (!is_compared(table, column, which)) continue;
    out += fmt::format("{0}{1}.{3}{4} IS DISTINCT FROM {2}.{3}{4}", out.empty() ? "" : " OR ",
                       there, here, connection.identifier(column.column->name),
                       is_comparable(column) ? "" : "::text");
  }
  return out;
}

std::optional<Conflicts> find_conflicts_with_table(Connection& connection,
                                                   const ConflictQuestion& question) {
  const std::vector<std::string> columns = compared_columns(question.table, question.plan);
  if (columns.empty()) return none(question);
  if (!may_read(connection, question.table, columns)) return std::nullopt;
  return take(connection, question, ask_table(connection, question, question.rows.quoted()));
}

Conflicts find_conflicts_in_turn(Connection& connection, const ConflictQuestion& question) {
  const std::string differs =
      differences(connection, question.table, question.plan, Compare::kInput, "there", "here");
  if (differs.empty()) return none(question);
  const std::string turn = connection.identifier(unused_name(question.table, "sp_load_turn"));
  const std::string key = identifier_list(connection, question.table.primary_key);
  const std::string first = fmt::format("(SELECT * FROM turns WHERE {} = 1)", turn);
  return take(
      connection, question,
      fmt::format("WITH turns AS (SELECT *, row_number() OVER (PARTITION BY {0} ORDER BY {1})"
                  " AS {2} FROM {3}) {4} UNION ALL SELECT here.{1}, here.{5}"
                  " FROM turns AS here JOIN turns AS there USING ({0})"
                  " WHERE here.{2} = there.{2} + 1 AND ({6})",
                  key, question.rows.own(0), turn, question.rows.quoted(),
                  ask_table(connection, question, first), question.rows.own(1), differs));
}

}  // namespace sp::load
