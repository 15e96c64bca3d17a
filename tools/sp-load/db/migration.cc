#include "sp-load/db/migration.h"

#include <fmt/format.h>

#include <map>
#include <string>

namespace sp::load {
namespace {

struct Applied {
  std::string name, sha256;
};

std::map<std::int64_t, Applied> read_applied(Connection& connection) {
  std::map<std::int64_t, Applied> out;
  const Result rows = connection.run("SELECT number, name, sha256 FROM sp.migration");
  for (int i = 0; i < rows.rows(); ++i) {
    out[rows.integer(i, 0)] = {rows.string(i, 1), rows.string(i, 2)};
  }
  return out;
}

void require_same(const Migration& ours, const Applied& theirs) {
  if (theirs.sha256 == ours.sha256) return;
  throw Error(ExitCode::kConfig, fmt::format("the database has migration {} ({}) with other "
                                             "contents than this sp-load; "
                                             "use the version that created it",
                                             ours.number, theirs.name));
}

void record(Connection& connection, const Migration& migration) {
  const Param row[] = {std::to_string(migration.number), migration.name, migration.sha256};
  connection.run(
      "INSERT INTO sp.migration (number, name, sha256) VALUES "
      "($1::integer, $2, $3)",
      row);
}

// Nothing of it was released, and its sensors have no network to be known by.
void refuse_first_edition(Connection& connection) {
  if (connection.run_for_text("SELECT to_regclass('sp.ingest') IS NOT NULL"
                              " AND to_regprocedure('sp.edition()') IS NULL") != "t") {
    return;
  }
  throw Error(
      ExitCode::kConfig,
      "schema sp of this database is of the first edition, which this sp-load does not know; "
      "load the files into a new database, or ALTER SCHEMA sp RENAME TO sp1 first");
}

int apply_missing(Connection& connection, const Log& log) {
  refuse_first_edition(connection);
  if (connection.run_for_text("SELECT to_regclass('sp.migration') IS NULL") == "t") {
    connection.run(std::string(migrations().front().sql));
  }
  const auto applied = read_applied(connection);
  int count = 0;
  for (const Migration& migration : migrations()) {
    const auto theirs = applied.find(migration.number);
    if (theirs != applied.end()) {
      require_same(migration, theirs->second);
      continue;
    }
    if (migration.number > 0) connection.run(std::string(migration.sql));
    record(connection, migration);
    ++count;
  }
  if (!applied.empty() && applied.rbegin()->first > migrations().back().number) {
    log.warning(fmt::format("the database has migration {}, which this sp-load does not know",
                            applied.rbegin()->second.name));
  }
  return count;
}

// Roles are of the whole server: they may have come or gone since. So may columns of sp.reading.
void bring_up_to_date(Connection& connection, const Log& log) {
  const bool is_owner = connection.run_for_text(
                            "SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace"
                            " WHERE nspname = 'sp'") == "t";
  if (is_owner) {
    connection.run("SELECT sp.refresh_views(); SELECT sp.grant_roles()");
  } else {
    log.info("not the owner of schema sp: privileges and views are left as they are");
  }
}

}  // namespace

std::string schema_text() {
  std::string out = "BEGIN;\n";
  for (const Migration& migration : migrations()) {
    out += fmt::format(
        "\n-- {}\n\n{}\nINSERT INTO sp.migration (number, name, sha256) VALUES ({}, '{}', '{}');\n",
        migration.name, migration.sql, migration.number, migration.name, migration.sha256);
  }
  return out + "\nCOMMIT;\n";
}

void migrate(Connection& connection, bool dry_run, const Log& log) {
  connection.begin();
  connection.run("SELECT pg_advisory_xact_lock(hashtext('sp.migration'), 0)");
  const int count = apply_missing(connection, log);
  bring_up_to_date(connection, log);
  connection.run(dry_run ? "ROLLBACK" : "COMMIT");
  log.info(count == 0 ? "schema sp is up to date"
                      : fmt::format("schema sp: {} migrations applied{}", count,
                                    dry_run ? " and rolled back (dry run)" : ""));
}

}  // namespace sp::load
