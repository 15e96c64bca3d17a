#include "sp-load/transaction.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "sp-load/journal/bring_journal.h"
#include "sp-load/ledger/rejected_rows.h"
#include "sp-load/ledger/required_reports.h"
#include "sp-load/merge/table_merger.h"
#include "sp-load/network/network_load.h"
#include "sp/base/fault_point.h"
#include "sp/time/rfc3339_text.h"

namespace sp::load {
namespace {

// Files that sp-watch took, and whose bytes were loaded before.
std::vector<FileOutcome> files_known(const Job& job, const Outcome& outcome) {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  std::vector<FileOutcome> out;
  for (std::size_t i = 0; i < outcome.files.size(); ++i) {
    const auto& file = job.sources[i].file;
    if (!file || !outcome.files[i].already_loaded || outcome.files[i].refused) continue;
    FileOutcome known;
    known.status = "known";
    known.name = file->base_name();
    known.taken_at = file->taken_at();
    known.size = static_cast<std::int64_t>(file->size());
    known.sha256 = file->sha256();
    known.tries = 1;
    known.noted_at = rfc3339_micros(now.count());
    out.push_back(std::move(known));
  }
  return out;
}

class Transaction {
 public:
  explicit Transaction(Job& job)
      : job_(job), options_(job.options), connection_(connect_options(options_), job.log) {}

  Outcome run() {
    end_lost_transaction();
    if (committed_before()) return job_.lost_commit->outcome;
    job_.lost_transaction = connection_.begin();
    if (job_.schema == nullptr) describe_tables();  // while the sources are summed up
    spare_sums();
    if (!job_.sources.empty() && is_in_ledger()) return outcome_;
    take_number();
    if (job_.schema != nullptr) {
      network_.emplace(connection_, options_, job_.log, *job_.schema, *job_.inputs.front());
      describe_tables();
    }
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      load_input(i);
      // What became of each file must be known before their error logs are loaded.
      if (i == 0 && !options_.source_column.empty()) check_reports();
    }
    if (options_.source_column.empty()) check_reports();
    if (network_) {
      network_->finish(ingests_->files(), source_of(0), facts_, outcome_.tables.front());
    }
    finish_ledger();
    check_quarantine();
    commit();
    return outcome_;
  }

  // What became of other files, and of those that were known. The load is done; nothing here may
  // make it fail.
  void bring_journal(const Outcome& outcome) {
    if (options_.journal.empty() || options_.dry_run) return;
    try {
      bring_new_lines(connection_, options_.journal, files_known(job_, outcome));
    } catch (const DatabaseError& error) {
      if (!is_missing(error)) warn_of_journal(describe(error));
    } catch (const Error& error) {
      warn_of_journal(error.what());
    }
  }

 private:
  // Whoever loads tables of his own need not have those of schema sp.
  static bool is_missing(const DatabaseError& error) {
    return error.sqlstate == "42P01" || error.sqlstate == "3F000";
  }

  void warn_of_journal(const std::string& why) const {
    job_.log.warning("what became of files was not brought into the database: " + why,
                     {options_.journal, 0, 0, ""});
  }

  // What a session that lost its client holds would keep us waiting: the ledger's row, the rows'
  // keys. Behind a pooler it may be at another client's transaction by now.
  void end_lost_transaction() {
    if (!job_.lost_transaction) return;
    const auto literal = [this](const std::string& text) { return connection_.literal(text); };
    connection_.run_alone(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = " +
        literal(job_.lost_transaction->pid) +
        "::integer AND backend_start = " + literal(job_.lost_transaction->session_started) +
        "::timestamptz AND xact_start = " + literal(job_.lost_transaction->started) +
        "::timestamptz AND usename = current_user");
  }

  // Without a ledger row the server can still tell what became of the transaction.
  bool committed_before() {
    if (!job_.lost_commit || !job_.sources.empty()) return false;
    const std::string id = connection_.literal(job_.lost_commit->transaction);
    const std::string status =
        connection_.run_alone("SELECT pg_xact_status(" + id + "::xid8)").string(0, 0);
    if (status == "in progress") {
      DatabaseError busy("the transaction whose answer was lost is still being committed");
      busy.sqlstate = "55P03";
      throw busy;
    }
    if (status != "committed") job_.lost_commit.reset();
    return status == "committed";
  }

  // All that the sum of a file is still good for, where a stage died or refused it, is whether it
  // was loaded before.
  void spare_sums() {
    if (!job_.inputs.front()->has_ended() || options_.required_reports.empty()) return;
    const std::vector<Source*> files = files_to_sum_up();
    if (files.empty()) return;
    require_reports(options_.required_reports);
    if (options_.source_column.empty()) return;
    const std::vector<FileReport> reports = files_judged(options_.required_reports);
    for (Source* source : files) {
      const FileReport* report = find_report(reports, source->name, job_.sources.size() == 1);
      if (report != nullptr && report->status != 0) source->file.reset();
    }
  }

  // Those that are new: the ledger has none of their size.
  std::vector<Source*> files_to_sum_up() {
    std::vector<Source*> out;
    std::vector<const SourceFile*> files;
    for (Source& source : job_.sources) {
      if (!source.file || source.file->is_summed_up()) continue;
      out.push_back(&source);
      files.push_back(&*source.file);
    }
    if (files.empty()) return out;
    const std::set<std::uint64_t> known = sizes_known(connection_, files);
    std::erase_if(out, [&](const Source* source) { return known.contains(source->file->size()); });
    return out;
  }

  bool is_in_ledger() {
    ingests_.emplace(connection_, job_.sources, options_.source_column);
    const std::string schema = job_.schema == nullptr ? "" : job_.schema->sha256;
    const bool is_new = ingests_->begin(!options_.journal.empty(), schema);
    if (is_new && !was_committed()) return false;
    connection_.run("ROLLBACK");
    if (was_committed()) {
      outcome_ = job_.lost_commit->outcome;  // it was our COMMIT, and it went through
    } else {
      outcome_.files = ingests_->results();
      outcome_.already_loaded = true;
    }
    return true;
  }

  // Where the server has run out of transaction numbers, no row is the reason.
  void take_number() { number_ = connection_.run_for_text("SELECT pg_current_xact_id()::text"); }

  // The ledger has the rows of the COMMIT whose answer was lost.
  bool was_committed() const {
    if (!job_.lost_commit) return false;
    const std::vector<FileResult>& lost = job_.lost_commit->outcome.files;
    for (std::size_t i = 0; i < lost.size(); ++i) {
      const FileResult& found = ingests_->results()[i];
      if (!lost[i].already_loaded && lost[i].ingest_id && found.already_loaded &&
          found.ingest_id == lost[i].ingest_id) {
        return true;
      }
    }
    return false;
  }

  // All of them, before the first row of any is read.
  void describe_tables() {
    for (const TableInput& input : options_.tables) {
      tables_.push_back(describe_table(connection_, input.table, options_.db_schema));
    }
    for (const DimensionSpec& spec : options_.dimensions) {
      dimensions_.push_back({spec, describe_table(connection_, spec.table, options_.db_schema)});
    }
    require_keys();
  }

  // An error log beside the rows need not have a key.
  void require_keys() const {
    if (options_.on_known == OnKnown::kError && options_.on_conflict == OnConflict::kError) return;
    for (const Table& table : tables_) {
      if (!table.primary_key.empty()) return;
    }
    throw Error(ExitCode::kConfig,
                "--on-known, --on-conflict: table " + tables_.front().display() +
                    " has no primary key by which a row could be known to be there");
  }

  RowSource source_of(std::size_t i) {
    static const std::vector<DimensionTarget> kNone;
    return {*job_.inputs[i],
            tables_[i],
            files_for(i),
            i == 0 ? dimensions_ : kNone,
            i < names_.size() ? names_[i] : nullptr,
            i == 0 && network_ ? network_->kept_since() : kNoTime,
            options_.bad_text,
            options_.stream.progress};
  }

  // Of metrics only those of files that are to have some.
  const FileColumn* files_for(std::size_t i) const {
    if (!ingests_) return nullptr;
    const bool is_metric = network_ && tables_[i].schema == "sp" && tables_[i].name == "metric";
    return is_metric ? &network_->measured() : &ingests_->files();
  }

  void load_input(std::size_t i) {
    const PhaseScope rows(connection_, Phase::kRows);
    if (network_) {
      names_.push_back(network_->names_for(tables_[i], *job_.inputs[i], ingests_->files(), facts_,
                                           outcome_.tables));
    }
    const RowSource from = source_of(i);
    TableMerger by_table(connection_, tables_[i], options_,
                         ingests_ ? ingests_->files().size() : 1);
    const bool is_network = i == 0 && from.names != nullptr;
    TableLoad load(connection_, options_, job_.log, from,
                   is_network ? network_->merger(tables_[i]) : by_table);
    outcome_.tables.push_back(load.run());
    if (i == 0) facts_ = load.facts();
    SP_FAULT("load-copied");
  }

  void check_reports() {
    const TableCounts& first = outcome_.tables.front();
    const std::uint64_t came = first.rows.received + first.rows.skipped;
    reported_.rows_read = reported_.rows_passed = came;
    if (!options_.required_reports.empty()) {
      reported_ = require_agreeing_reports(options_.required_reports, came);
    }
    if (ingests_) ingests_->settle(reported_, first.files);
  }

  void finish_ledger() {
    if (!ingests_) return;
    ingests_->finish(reported_, outcome_.tables.front().files, facts_,
                     network_ ? network_->window_hours() : std::vector<int>());
    outcome_.files = ingests_->results();
  }

  // What was rejected must have where to go.
  void check_quarantine() const {
    if (options_.rejects.empty()) return;
    const RejectedRows rejected(options_.rejects, options_.quarantine);
    for (const Source& source : job_.sources) rejected.check(source.name);
  }

  void commit() {
    const PhaseScope commit(connection_, Phase::kCommit);
    // A constraint that is checked at the commit must show in a dry run as well.
    connection_.run("SET CONSTRAINTS ALL IMMEDIATE");
    if (options_.dry_run) {
      connection_.run("ROLLBACK");
      return;
    }
    SP_FAULT("load-before-commit");
    try {
      connection_.run("COMMIT");
    } catch (const DatabaseError& error) {
      if (error.connection_lost) job_.lost_commit = {outcome_, number_};
      throw;
    }
    SP_FAULT("load-committed");
  }

  Job& job_;
  const LoadOptions& options_;
  Connection connection_;
  std::vector<Table> tables_;
  std::vector<DimensionTarget> dimensions_;
  std::optional<Ingests> ingests_;
  std::optional<NetworkLoad> network_;
  std::vector<RowNames*> names_;  // of each input
  Outcome outcome_;
  std::string number_;           // of the transaction
  std::vector<RowFacts> facts_;  // of the first input
  ReportedRows reported_;
};

// The stages before need not wait for it.
void wait_for_digests(const Job& job) {
  job.inputs.front()->keep_until([&job] {
    return std::all_of(job.sources.begin(), job.sources.end(), [](const Source& source) {
      return !source.file || source.file->is_summed_up();
    });
  });
}

}  // namespace

Outcome try_load(Job& job) {
  wait_for_digests(job);
  Transaction transaction(job);
  Outcome outcome = transaction.run();
  transaction.bring_journal(outcome);
  return outcome;
}

}  // namespace sp::load
