#include "transaction.h"

#include <algorithm>

#include "required_reports.h"
#include "sp/fault_point.h"

namespace sp::load {
namespace {

class Transaction {
 public:
  explicit Transaction(Job& job)
      : job_(job), options_(job.options), connection_(connect_options(options_), job.log) {}

  Outcome run() {
    end_lost_session();
    job_.lost_session = connection_.session();
    if (committed_before()) return job_.lost_commit->outcome;
    connection_.run("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
    if (job_.file && is_in_ledger()) return outcome_;
    describe_tables();
    for (std::size_t i = 0; i < tables_.size(); ++i) load_input(i);
    check_and_finish_ledger();
    commit();
    return outcome_;
  }

 private:
  // What a session that lost its client holds would keep us waiting: the ledger's row, the rows'
  // keys.
  void end_lost_session() {
    if (!job_.lost_session) return;
    const Param session[] = {job_.lost_session->pid, job_.lost_session->started};
    connection_.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1::integer"
        " AND backend_start = $2::timestamptz AND usename = current_user",
        session);
  }

  // Without a ledger row the server can still tell what became of the transaction.
  bool committed_before() {
    if (!job_.lost_commit || job_.file) return false;
    const Param id[] = {job_.lost_commit->transaction};
    const std::string status =
        connection_.run_for_text("SELECT pg_xact_status($1::text::xid8)", id);
    if (status == "in progress") {
      DatabaseError busy("the transaction whose answer was lost is still being committed");
      busy.sqlstate = "55P03";
      throw busy;
    }
    if (status != "committed") job_.lost_commit.reset();
    return status == "committed";
  }

  bool is_in_ledger() {
    const LedgerEntry entry = begin_ingest(connection_, *job_.file);
    outcome_.ingest_id = entry.ingest_id;
    if (!entry.already_loaded) return false;
    connection_.run("ROLLBACK");
    if (job_.lost_commit && job_.lost_commit->outcome.ingest_id == entry.ingest_id) {
      outcome_ = job_.lost_commit->outcome;  // it was our COMMIT, and it went through
    } else {
      outcome_.already_loaded = true;
      outcome_.loaded_as = entry.loaded_as;
    }
    return true;
  }

  // All of them, before the first row of any is read.
  void describe_tables() {
    for (const TableInput& input : options_.tables) {
      tables_.push_back(describe_table(connection_, input.table, options_.db_schema));
    }
    for (const DimensionSpec& spec : options_.dimensions) {
      dimensions_.push_back({spec, describe_table(connection_, spec.table, options_.db_schema)});
    }
  }

  void load_input(std::size_t i) {
    static const std::vector<DimensionTarget> kNone;
    std::optional<std::string> ingest_id;
    if (outcome_.ingest_id) ingest_id = std::to_string(*outcome_.ingest_id);
    TableLoad load(connection_, options_, job_.log,
                   {*job_.inputs[i], tables_[i], ingest_id, i == 0 ? dimensions_ : kNone,
                    options_.bad_text, options_.stream.progress});
    outcome_.tables.push_back(load.run());
    if (i == 0) facts_ = load.facts();
    SP_FAULT("load-copied");
  }

  void check_and_finish_ledger() {
    const TableCounts& first = outcome_.tables.front();
    ReportedRows reported{first.received, ""};
    if (!options_.required_reports.empty()) {
      reported = require_agreeing_reports(options_.required_reports, first.received);
    }
    if (!job_.file) return;
    job_.file->require_unchanged();
    IngestNumbers numbers;
    numbers.source = facts_.source;
    numbers.schema_sha256 = reported.schema_sha256;
    numbers.rows_read = reported.rows_read;
    numbers.rows_valid = first.received;
    numbers.rows_rejected = reported.rows_read - first.received;
    numbers.rows_loaded = first.loaded;
    numbers.rows_duplicate = first.duplicates;
    numbers.first_micros = facts_.times.first;
    numbers.last_micros = facts_.times.last;
    finish_ingest(connection_, *outcome_.ingest_id, numbers);
  }

  void commit() {
    // A constraint that is checked at the commit must show in a dry run as well.
    connection_.run("SET CONSTRAINTS ALL IMMEDIATE");
    if (options_.dry_run) {
      connection_.run("ROLLBACK");
      return;
    }
    const std::string id =
        connection_.run_for_text("SELECT coalesce(pg_current_xact_id_if_assigned()::text, '')");
    SP_FAULT("load-before-commit");
    try {
      connection_.run("COMMIT");
    } catch (const DatabaseError& error) {
      if (error.connection_lost && !id.empty()) job_.lost_commit = {outcome_, id};
      throw;
    }
    SP_FAULT("load-committed");
  }

  Job& job_;
  const LoadOptions& options_;
  Connection connection_;
  std::vector<Table> tables_;
  std::vector<DimensionTarget> dimensions_;
  Outcome outcome_;
  RowFacts facts_;
};

}  // namespace

Outcome try_load(Job& job) { return Transaction(job).run(); }

}  // namespace sp::load
