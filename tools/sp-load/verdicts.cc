#include "sp-load/verdicts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>

#include "sp-load/ledger/rejected_rows.h"
#include "sp-load/ledger/required_reports.h"
#include "sp/app/outcomes.h"
#include "sp/base/diagnostic.h"
#include "sp/io/whole_file.h"

namespace sp::load {
namespace {

// Why a file is not loaded.
struct Refusal {
  ExitCode status;
  std::string reason;
  const char* tool;  // that refused it
};

class Verdicts {
 public:
  Verdicts(const Job& job, const Outcome& outcome)
      : job_(job),
        outcome_(outcome),
        reports_(files_judged(job.options.required_reports)),
        rejected_(job.options.rejects, job.options.quarantine) {}

  void pass() {
    for (std::size_t i = 0; i < job_.sources.size(); ++i) {
      if (const auto refusal = judge(job_.sources[i], outcome_.files[i])) {
        note(job_.sources[i].name, *refusal);
      } else {
        tell_rows(job_.sources[i].name, outcome_.files[i]);
      }
    }
    rejected_.sync();
    take_the_place_of_earlier_states();
    write_outcomes();
  }

 private:
  void tell_rows(const std::string& file, const FileResult& result) {
    auto rows = result.untold;
    if (!result.already_loaded) {
      rows = {result.rows.loaded, result.rows.known, result.rows_rejected()};
    }
    if (rows) lines_ += loaded_line(file, rows->loaded, rows->known, rows->rejected);
  }

  // Brings the rejected rows of a file that is loaded; of another the answer says why it is not.
  std::optional<Refusal> judge(const Source& source, const FileResult& result) {
    const FileReport* report = find_report(reports_, source.name, job_.sources.size() == 1);
    if (comes_out_otherwise(result, report)) {
      return judge_by_the_first_load(source, result, report != nullptr);
    }
    if (report != nullptr && report->status != 0) {
      return Refusal{static_cast<ExitCode>(report->status), report->error, "sp-validate"};
    }
    if (brings_its_own(source, result)) bring(source.name, report);
    return std::nullopt;
  }

  void bring(const std::string& file, const FileReport* report) {
    const bool has_rows = report == nullptr || report->rows.rows_rejected > 0;
    if (!rejected_.bring(file, has_rows)) return;
    job_.log.info(fmt::format("{} are in {}", has_rows ? "rejected rows" : "values made missing",
                              rejected_.place_of(file, has_rows)),
                  {file, 0, 0, ""});
  }

  void take_the_place_of_earlier_states() {
    if (outcome_.tables.empty() || outcome_.tables.front().earlier.empty()) return;
    for (const auto& [file, names] : outcome_.tables.front().earlier) {
      for (const std::string& name : names) rejected_.supersede(job_.sources[file].name, name);
    }
    rejected_.sync();
  }

  // A file that was loaded before, and now other rows are rejected, or none because the stage that
  // rejects them did not end well.
  static bool comes_out_otherwise(const FileResult& result, const FileReport* report) {
    if (!result.already_loaded || !result.rejected_then) return false;
    if (report == nullptr) return true;
    if (report->status == static_cast<int>(ExitCode::kTempFail)) return false;
    return report->status != 0 || report->rows.rows_rejected != *result.rejected_then;
  }

  // The first load counts, whose rejected rows nobody can bring any more but its schema.
  std::optional<Refusal> judge_by_the_first_load(const Source& source, const FileResult& result,
                                                 bool is_judged) const {
    const char* const how = !is_judged           ? ""
                            : source.key.empty() ? "by another schema, "
                                                 : "with other rows, ";
    if (result.loaded_as == source.base_name() && *result.rejected_then > 0 &&
        !rejected_.are_there(source.name)) {
      return Refusal{
          ExitCode::kConfig,
          fmt::format(
              "was loaded {}before, and the {} rows that were rejected then are not in {}; to load "
              "it as it is now, forget that load: SELECT sp.forget_ingest({}); else run it as it "
              "was "
              "then, by the schema of that load, or leave it if you can do without them",
              how, *result.rejected_then, rejected_.folder_of(source.name), *result.ingest_id),
          "sp-load"};
    }
    job_.log.warning(
        fmt::format("was loaded {}as {}; this run changes nothing", how, result.loaded_as),
        {source.name, 0, 0, ""});
    return std::nullopt;
  }

  // Of the same bytes under two names, one brings the rejected rows: that which was loaded, if it
  // did, or will because it is still at work beside this one.
  bool brings_its_own(const Source& source, const FileResult& result) const {
    const std::string& first = result.loaded_as;
    if (!result.already_loaded || first == source.base_name()) return true;
    return !rejected_.is_at_work(source.name, first) && !rejected_.are_there(source.name, first);
  }

  void note(const std::string& file, const Refusal& refusal) {
    last_ = refusal;
    last_file_ = file;
    lines_ += outcome_line(file, refusal.status, refusal.reason, refusal.tool,
                           job_.schema == nullptr ? "" : job_.schema->sha256);
  }

  void write_outcomes() {
    if (!job_.options.outcomes.empty()) return append_to_file(job_.options.outcomes, lines_);
    if (last_) throw Error(last_->status, last_->reason, {last_file_, 0, 0, ""});
  }

  const Job& job_;
  const Outcome& outcome_;
  const std::vector<FileReport> reports_;
  RejectedRows rejected_;
  std::optional<Refusal> last_;
  std::string last_file_, lines_;
};

}  // namespace

void pass_verdicts(const Job& job, const Outcome& outcome) {
  if (job.options.rejects.empty() || job.options.dry_run) return;
  Verdicts(job, outcome).pass();
}

}  // namespace sp::load
