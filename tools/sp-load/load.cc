#include "sp-load/load.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <functional>

#include "sp-load/db/migration.h"
#include "sp-load/journal/bring_journal.h"
#include "sp-load/ledger/file_place.h"
#include "sp-load/ledger/rejected_rows.h"
#include "sp-load/ledger/required_reports.h"
#include "sp-load/retry.h"
#include "sp-load/stop.h"
#include "sp-load/transaction.h"
#include "sp-load/verdicts.h"
#include "sp/app/report.h"
#include "sp/schema/load.h"

namespace sp::load {
namespace {

using std::chrono::milliseconds;

constexpr double kRetryFor = 300;  // seconds

[[noreturn]] void give_up(const DatabaseError& error, const std::string& why) {
  throw Error(classify(error).exit_code, describe(error) + why);
}

// Calls `attempt` until it returns, or throws something that will not pass.
void with_retries(double seconds, const Log& log, const std::function<void()>& attempt) {
  Backoff backoff(milliseconds(static_cast<milliseconds::rep>(seconds * 1000)), real_world());
  for (;;) {
    try {
      return attempt();
    } catch (const DatabaseError& error) {
      if (!classify(error).transient) give_up(error, "");
      const milliseconds delay = backoff.next_delay();
      if (delay < milliseconds(0)) {
        give_up(error, fmt::format("; gave up after {} tries (--retry-for sets how long)",
                                   backoff.failures() + 1));
      }
      log.warning(fmt::format("{}; trying again in {:.1f} s", describe(error),
                              static_cast<double>(delay.count()) / 1000));
      backoff.wait(delay);
      if (asked_to_stop()) give_up(error, "; not tried again, for a signal asked to end");
    }
  }
}

void drain(Job& job) {
  for (const auto& input : job.inputs) input->drain();
}

// A stream that was cut short can end in the middle of a row, or of a number: what looks like wrong
// input is a stage that died where its report is missing.
void blame_the_stage_that_died(Job& job) {
  if (job.options.required_reports.empty()) return;
  drain(job);
  require_reports(job.options.required_reports);
}

bool may_come_of_a_cut(ExitCode code) {
  return code == ExitCode::kDataErr || code == ExitCode::kNoInput;
}

Outcome try_load_or_blame(Job& job) {
  try {
    return try_load(job);
  } catch (const Error& error) {
    if (may_come_of_a_cut(error.code())) blame_the_stage_that_died(job);
    throw Error(error.code(), error.what(), in_file(job.options, error.where()));
  } catch (const DatabaseError& error) {
    if (may_come_of_a_cut(classify(error).exit_code)) blame_the_stage_that_died(job);
    throw;
  }
}

void add_conflicts(JsonObject& to, const TableCounts& counts) {
  if (!counts.knows_conflicts) return;
  to.add("completed", counts.rows.completed)
      .add("kept_out", counts.rows.kept_out)
      .add("replaced", counts.rows.replaced);
}

JsonArray tables_json(const Outcome& outcome) {
  JsonArray tables;
  for (const TableCounts& counts : outcome.tables) {
    JsonObject table;
    table.add("table", counts.table)
        .add("received", counts.rows.received)
        .add("loaded", counts.rows.loaded)
        .add("known", counts.rows.known);
    add_conflicts(table, counts);
    table.add("format", counts.format == CopyFormat::kBinary ? "binary" : "text");
    tables.add(table);
  }
  return tables;
}

void add_earlier_load(JsonObject& to, const FileResult& file) {
  to.add("already_loaded", file.already_loaded);
  if (file.already_loaded) to.add("loaded_as", file.loaded_as);
  if (file.rejected_then) to.add("rejected_then", *file.rejected_then);
}

JsonArray files_json(const Job& job, const Outcome& outcome) {
  JsonArray files;
  for (std::size_t i = 0; i < outcome.files.size(); ++i) {
    const FileResult& result = outcome.files[i];
    JsonObject file;
    file.add("file", job.sources[i].name);
    if (result.ingest_id) file.add("ingest_id", *result.ingest_id);
    add_earlier_load(file, result);
    file.add("refused", result.refused)
        .add("rows_read", result.rows_read)
        .add("rows_valid", result.rows_passed)
        .add("rows_rejected", result.rows_rejected())
        .add("rows_loaded", result.rows.loaded)
        .add("rows_known", result.rows.known)
        .add("rows_kept_out", result.rows.kept_out)
        .add("rows_replaced", result.rows.replaced)
        .add("rows_skipped", result.rows.skipped);
    files.add(file);
  }
  return files;
}

JsonObject report_of(const Job& job, const Outcome& outcome) {
  const RowNumbers rows = outcome.tables.empty() ? RowNumbers() : outcome.tables.front().rows;
  JsonObject report = start_report("sp-load", {rows.received, rows.received, 0});
  report.add("loaded", rows.loaded).add("known", rows.known);
  if (!outcome.tables.empty()) add_conflicts(report, outcome.tables.front());
  const bool is_batch = !job.options.source_column.empty();
  if (!is_batch && !job.sources.empty()) {
    const Source& source = job.sources[0];
    if (source.file) report.add("source_sha256", source.file->sha256());
    if (!source.key.empty()) report.add("key", source.key);
    report.add("ingest_id", *outcome.files[0].ingest_id);
  }
  if (is_batch || job.sources.empty()) {
    report.add("already_loaded", outcome.already_loaded);
  } else {
    add_earlier_load(report, outcome.files[0]);
  }
  report.add("dry_run", job.options.dry_run);
  if (is_batch) {
    report.add("skipped", rows.skipped);
    report.add("files", files_json(job, outcome));
  }
  report.add("tables", tables_json(outcome));
  return report;
}

void say_what_was_not_loaded(const Job& job, const Outcome& outcome) {
  std::size_t refused = 0;
  for (std::size_t i = 0; i < outcome.files.size(); ++i) {
    const FileResult& file = outcome.files[i];
    refused += file.refused ? 1 : 0;
    if (file.instead_of != 0 && !file.refused) {
      job.log.info(
          fmt::format("{} was loaded before by another schema, which let no row in; ingest {} "
                      "takes the place of ingest {}",
                      job.sources[i].name, *file.ingest_id, file.instead_of));
    }
    if (!file.already_loaded) continue;
    job.log.info(fmt::format(
        "{} is already loaded, as {} (ingest {}); {}", job.sources[i].name, file.loaded_as,
        *file.ingest_id, outcome.already_loaded ? "nothing is written" : "its rows are skipped"));
    const bool is_replaced = job.options.on_conflict == OnConflict::kReplace;
    const bool has_other_schema = job.schema != nullptr && !file.schema_sha256.empty() &&
                                  file.schema_sha256 != job.schema->sha256;
    if (!is_replaced && !has_other_schema) continue;
    job.log.info(fmt::format("{}, forget it first: SELECT sp.forget_ingest({})",
                             is_replaced ? "to load it again, so that it replaces what is there"
                                         : "that was by another schema; to load it by this one",
                             *file.ingest_id));
  }
  if (refused > 0) {
    job.log.info(fmt::format("{} of {} files were refused before", refused, outcome.files.size()));
  }
}

void say_conflicts(const Job& job, const TableCounts& counts) {
  const bool update = job.options.on_conflict == OnConflict::kReplace;
  for (const FoundRow& conflict : counts.first_conflicts) {
    job.log.warning(
        fmt::format("{}: {} was there with other values; {}", counts.table, conflict.key,
                    update ? "this row replaced them" : "this row is left out"),
        in_file(job.options, conflict.where));
  }
  const std::uint64_t rest = counts.rows.conflicts() - counts.first_conflicts.size();
  if (rest == 0) return;
  // What is kept out once more is not told again.
  const bool is_told = counts.first_conflicts.size() < kFirstConflicts;
  job.log.warning(
      is_told ? fmt::format("{}: kept out as before: {}", counts.table, counted(rest, "row"))
              : fmt::format("{}: so were {} more rows", counts.table, rest));
}

std::string known_text(const TableCounts& counts) {
  std::string text;
  const auto add = [&](std::uint64_t number, const char* what) {
    if (number > 0) text += fmt::format(", {} {}", number, what);
  };
  add(counts.rows.known, counts.knows_conflicts
                             ? "there already"
                             : "there already (this role may not see with which values)");
  add(counts.rows.kept_out, "kept out (other values are there)");
  add(counts.rows.replaced, "replaced");
  add(counts.rows.expired, "expired (older than what is kept)");
  return text;
}

// A schema that does not mean the file, more likely than a file without a sound row.
void warn_of_nothing(const Job& job, const Outcome& outcome) {
  for (std::size_t i = 0; i < outcome.files.size(); ++i) {
    const FileResult& file = outcome.files[i];
    const bool is_some = file.rows_read == 0 || file.rows_passed > 0;
    if (file.already_loaded || file.refused || is_some) continue;
    job.log.warning(
        fmt::format("nothing is loaded: of {} {} rejected and {} left out",
                    counted(file.rows_read, "row"), file.rows_rejected(), file.rows_left_out),
        {job.sources[i].name, 0, 0, ""});
  }
}

void say(const Job& job, const Outcome& outcome) {
  say_what_was_not_loaded(job, outcome);
  warn_of_nothing(job, outcome);
  for (const TableCounts& counts : outcome.tables) {
    const bool is_first = &counts == &outcome.tables.front();
    if (!is_first && counts.rows.received == 0)
      continue;  // metrics that would outgrow the readings
    say_conflicts(job, counts);
    job.log.info(fmt::format("{}: {} rows loaded{}{}", counts.table, counts.rows.loaded,
                             known_text(counts),
                             job.options.dry_run ? " and rolled back (dry run)" : ""));
  }
}

std::vector<Source> sources_of(const LoadOptions& options) {
  const bool may_be_refused = !options.source_column.empty() && !options.required_reports.empty();
  std::vector<Source> sources = open_sources(options.sources, may_be_refused);
  if (options.key.empty()) return sources;
  if (sources.empty()) sources.emplace_back();
  sources[0].name = source_name(options);
  sources[0].key = options.key;
  return sources;
}

void load(const LoadOptions& options, const Log& log) {
  std::optional<Schema> schema;
  if (!options.stream.schema.empty()) schema = load_schema(options.stream.schema);
  Job job{options, log, loads_readings(options) ? &*schema : nullptr, {}, {}, {}, {}};
  job.sources = sources_of(options);
  // The reports tell an input without a row from a stage that died.
  StreamOptions stream = options.stream;
  if (schema) apply_schema_dialect(stream, *schema, InputForm::kStandard);
  ReadOptions read = stream.read;
  if (!options.required_reports.empty()) read.of_nothing = Format::kNdjson;
  for (const TableInput& table : options.tables) {
    job.inputs.push_back(
        std::make_unique<Input>(table.input, read, options.stream.source, name_of_stream(options)));
  }
  Outcome outcome;
  with_retries(options.retry_for.value_or(kRetryFor), log,
               [&] { outcome = try_load_or_blame(job); });
  if (outcome.already_loaded) {
    drain(job);
    // What the other stages say and keep of the file must be of the bytes that are loaded.
    require_same_bytes(job.sources, files_read(options.required_reports));
  }
  write_report(options.stream.report, report_of(job, outcome));
  say(job, outcome);
  pass_verdicts(job, outcome);
}

void bring_all_of_journal(const LoadOptions& options, const Log& log) {
  BroughtLines brought;
  with_retries(options.retry_for.value_or(kRetryFor), log, [&] {
    Connection connection(connect_options(options), log);
    if (options.dry_run) connection.begin();
    brought = bring_journal(connection, options.journal);
  });
  if (brought.unknown > 0) {
    log.warning(
        fmt::format("{} passed over: no step of sp-watch", counted(brought.unknown, "line")),
        {options.journal, 0, 0, ""});
  }
  log.info(fmt::format("sp.outcome: {} noted{}", counted(brought.files, "file"),
                       options.dry_run ? " and rolled back (dry run)" : ""));
}

void check_quarantine(const LoadOptions& options) {
  const RejectedRows rejected(options.rejects, options.quarantine);
  rejected.check();
  if (options.rejects.empty()) return;
  for (const std::string& file : options.sources) rejected.check_name(file);
  if (!options.key.empty()) rejected.check_name(source_name(options));
}

}  // namespace

void run(const LoadOptions& options, const Log& log) {
  listen_for_stop();
  check_outputs(options);
  discard_report(options.stream.report);
  check_options(options);
  check_quarantine(options);
  if (options.print_schema) {
    const std::string text = schema_text();
    std::fwrite(text.data(), 1, text.size(), stdout);
    return;
  }
  if (options.init) {
    // Whoever waits in front of it would rather know.
    with_retries(options.retry_for.value_or(0), log, [&] {
      Connection connection(connect_options(options), log);
      migrate(connection, options.dry_run, log);
    });
  }
  if (!options.tables.empty()) {
    load(options, log);
  } else if (!options.journal.empty()) {
    bring_all_of_journal(options, log);
  }
}

}  // namespace sp::load
