#include "load.h"

#include <fmt/format.h>

#include <chrono>
#include <functional>

#include "migration.h"
#include "required_reports.h"
#include "retry.h"
#include "sp/report.h"
#include "transaction.h"

namespace sp::load {
namespace {

using std::chrono::milliseconds;

[[noreturn]] void give_up(const DatabaseError& error, const std::string& why) {
  throw Error(classify(error.sqlstate).exit_code, describe(error) + why);
}

// Calls `attempt` until it returns, or throws something that will not pass.
void with_retries(const LoadOptions& options, const Log& log,
                  const std::function<void()>& attempt) {
  Backoff backoff(milliseconds(static_cast<milliseconds::rep>(options.retry_for * 1000)),
                  real_world());
  for (;;) {
    try {
      return attempt();
    } catch (const DatabaseError& error) {
      if (!classify(error.sqlstate).transient) give_up(error, "");
      const milliseconds delay = backoff.next_delay();
      if (delay < milliseconds(0)) {
        give_up(error, fmt::format("; gave up after {} tries (--retry-for sets how long)",
                                   backoff.failures() + 1));
      }
      log.warning(fmt::format("{}; trying again in {:.1f} s", describe(error),
                              static_cast<double>(delay.count()) / 1000));
      backoff.wait(delay);
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
    throw;
  } catch (const DatabaseError& error) {
    if (may_come_of_a_cut(classify(error.sqlstate).exit_code)) blame_the_stage_that_died(job);
    throw;
  }
}

std::string tables_json(const Outcome& outcome) {
  std::string json = "[";
  for (const TableCounts& counts : outcome.tables) {
    JsonObject table;
    table.add("table", counts.table)
        .add("received", counts.received)
        .add("loaded", counts.loaded)
        .add("duplicates", counts.duplicates)
        .add("format", counts.format == CopyFormat::kBinary ? "binary" : "text");
    json += (json.size() > 1 ? "," : "") + table.str();
  }
  return json + "]";
}

JsonObject report_of(const Job& job, const Outcome& outcome) {
  const TableCounts first = outcome.tables.empty() ? TableCounts() : outcome.tables.front();
  JsonObject report = start_report("sp-load", {first.received, first.received, 0});
  report.add("loaded", first.loaded).add("duplicates", first.duplicates);
  if (job.file) {
    report.add("source_sha256", job.file->sha256()).add("ingest_id", *outcome.ingest_id);
  }
  report.add("already_loaded", outcome.already_loaded);
  if (outcome.already_loaded) report.add("loaded_as", outcome.loaded_as);
  report.add("dry_run", job.options.dry_run);
  report.add_raw("tables", tables_json(outcome));
  return report;
}

void say(const Job& job, const Outcome& outcome) {
  if (outcome.already_loaded) {
    job.log.info(fmt::format("{} is already loaded, as {} (ingest {}); nothing is written",
                             job.options.source, outcome.loaded_as, *outcome.ingest_id));
  }
  for (const TableCounts& counts : outcome.tables) {
    job.log.info(fmt::format(
        "{}: {} rows loaded{}{}", counts.table, counts.loaded,
        counts.duplicates == 0 ? "" : fmt::format(", {} there already", counts.duplicates),
        job.options.dry_run ? " and rolled back (dry run)" : ""));
  }
}

void load(const LoadOptions& options, const Log& log) {
  Job job{options, log, {}, {}, {}, {}};
  if (!options.source.empty()) job.file.emplace(options.source);
  for (const TableInput& table : options.tables) {
    job.inputs.push_back(
        std::make_unique<Input>(table.input, options.stream.read, options.stream.source));
  }
  Outcome outcome;
  with_retries(options, log, [&] { outcome = try_load_or_blame(job); });
  if (outcome.already_loaded) drain(job);
  write_report(options.stream.report, report_of(job, outcome));
  say(job, outcome);
}

}  // namespace

void run(const LoadOptions& options, const Log& log) {
  check_options(options);
  if (options.init) {
    with_retries(options, log, [&] {
      Connection connection(connect_options(options), log);
      migrate(connection, options.dry_run, log);
    });
  }
  if (!options.tables.empty()) load(options, log);
}

}  // namespace sp::load
