#include "sp-load/db/table.h"

#include <algorithm>

#include "sp/base/diagnostic.h"

namespace sp::load {
namespace {

constexpr const char* kColumnsQuery =
    "SELECT a.attname, a.atttypid, format_type(a.atttypid, a.atttypmod), a.attnotnull,"
    " a.atthasdef OR a.attidentity <> '', a.attgenerated <> '', t.typcategory = 'S'"
    " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
    " WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped"
    " ORDER BY a.attnum";

constexpr const char* kPrimaryKeyQuery =
    "SELECT a.attname FROM pg_index i"
    " CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, position)"
    " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum"
    " WHERE i.indrelid = $1::oid AND i.indisprimary AND k.position <= i.indnkeyatts"
    " ORDER BY k.position";

constexpr const char* kMonthColumnQuery =
    "SELECT a.attname FROM pg_partitioned_table p"
    " JOIN pg_class c ON c.oid = p.partrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]"
    " WHERE p.partrelid = $1::oid AND p.partstrat = 'r' AND p.partnatts = 1"
    " AND n.nspname = 'sp' AND c.relname = 'reading' AND a.atttypid = 'timestamptz'::regtype";

std::string find_oid(Connection& connection, const Table& table) {
  const Param names[] = {table.schema, table.name};
  const Result found = connection.run(
      "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
      " WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'f', 'v')",
      names);
  if (found.rows() == 0) {
    throw Error(ExitCode::kConfig, "there is no table " + table.display() +
                                       (table.schema == "sp" ? "; 'sp-load --init' creates the "
                                                               "tables of schema sp"
                                                             : ""));
  }
  return found.string(0, 0);
}

}  // namespace

const TableColumn* Table::find(std::string_view column) const {
  const auto at = std::find_if(columns.begin(), columns.end(),
                               [column](const TableColumn& c) { return c.name == column; });
  return at == columns.end() ? nullptr : &*at;
}

Table describe_table(Connection& connection, const TableName& name,
                     const std::string& default_schema) {
  Table table;
  table.schema = name.schema.empty() ? default_schema : name.schema;
  table.name = name.name;
  table.quoted = connection.qualified(table.schema, table.name);
  const Param oid[] = {find_oid(connection, table)};
  const Result columns = connection.run(kColumnsQuery, oid);
  for (int i = 0; i < columns.rows(); ++i) {
    table.columns.push_back({columns.string(i, 0), static_cast<Oid>(columns.integer(i, 1)),
                             columns.string(i, 2), columns.truth(i, 3), columns.truth(i, 4),
                             columns.truth(i, 5), columns.truth(i, 6)});
  }
  const Result key = connection.run(kPrimaryKeyQuery, oid);
  for (int i = 0; i < key.rows(); ++i) table.primary_key.push_back(key.string(i, 0));
  const Result month = connection.run(kMonthColumnQuery, oid);
  if (month.rows() == 1) table.month_column = month.string(0, 0);
  return table;
}

}  // namespace sp::load
