#include "sp-validate/outcome.h"

#include <span>
#include <string_view>

#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"

namespace sp {
namespace {

constexpr std::string_view kMissingLabel = "missing-label";

std::string rejected_of_all(const RowCounts& total) {
  return std::to_string(total.rows_rejected) + " of " + std::to_string(total.rows_in) + " rows";
}

JsonArray counts_json(const ViolationCounts& counts) {
  JsonArray array;
  for (const ViolationCounts::Count& entry : counts) {
    JsonObject object;
    object.add("field", entry.field).add("code", entry.code).add("constraint", entry.constraint);
    array.add(object.add("count", entry.count));
  }
  return array;
}

// Of the kinds of violations of which there are some, " no2 minimum 1, p maximum 2".
void add_count(const ViolationCounts::Count& kind, std::uint64_t count, std::string& text) {
  if (count == 0) return;
  text += (text.empty() ? " " : ", ") + kind.field + (kind.field.empty() ? "" : " ") +
          (kind.constraint.empty() ? kind.code : kind.constraint) + " " + std::to_string(count);
}

// Where every row has one cell more than the header, it is the header that lacks something.
const char* advice_on_shape(const Outcome& outcome) {
  for (const ViolationCounts::Count& entry : outcome.violations) {
    if (entry.code == "extra-cell" && entry.count == outcome.total.rows_in &&
        outcome.total.rows_rejected == outcome.total.rows_in) {
      return "; where the header lacks the name of the first column, --row-names tells so, and "
             "where the last cell is always empty, --ignore-trailing-empty";
    }
  }
  return "";
}

}  // namespace

void Outcome::add(FileReport file) {
  total.add(file.rows);
  files.push_back(std::move(file));
}

std::string summary(const Outcome& outcome) {
  std::string left_out, rejected, missing;
  if (outcome.total.rows_left_out > 0) {
    left_out = counted(outcome.total.rows_left_out, "row") + " left out";
  }
  for (const ViolationCounts::Count& entry : outcome.violations) {
    add_count(entry, entry.count - entry.forgiven, rejected);
    add_count(entry, entry.forgiven, missing);
  }
  if (!rejected.empty()) rejected = rejected_of_all(outcome.total) + " rejected:" + rejected;
  if (!missing.empty()) missing = "values made missing:" + missing;
  std::string text;
  for (const std::string* part : {&left_out, &rejected, &missing}) {
    if (!part->empty()) text += (text.empty() ? "" : "; ") + *part;
  }
  return text + advice_on_shape(outcome);
}

std::string rejects_error(const Outcome& outcome, const ValidateOptions& options) {
  const RowCounts& total = outcome.total;
  const std::string rejected = rejected_of_all(total) + " were rejected";
  if (options.max_rejects && options.max_rejects->is_exceeded(total.rows_rejected, total.rows_in)) {
    return rejected + ", more than --max-rejects " + options.max_rejects->text;
  }
  if (total.rows_rejected > 0 && options.rejects.empty()) {
    return rejected + " and not kept; keep them with --rejects " +
           (options.is_batch() ? "DIR/" : "FILE");
  }
  return "";
}

std::string header_error(const std::vector<HeaderFault>& faults) {
  constexpr std::size_t kMostNamed = 20;
  std::string lacking;
  std::size_t told = 1;
  for (const HeaderFault& fault : std::span(faults).subspan(1)) {
    const bool is_alike = fault.code == kMissingLabel && faults[0].code == kMissingLabel;
    if (!is_alike || told == kMostNamed) continue;
    lacking += (told++ == 1 ? "" : ", ") + excerpt(fault.field);
  }
  const std::size_t more = faults.size() - told;
  return "the header is not that of the schema: " + faults[0].message +
         (lacking.empty() ? "" : "; it lacks " + lacking + " too") +
         (more == 0 ? "" : " (and " + std::to_string(more) + " more)");
}

JsonObject outcome_report(const Outcome& outcome, const std::string& schema_sha256,
                          bool with_status) {
  JsonObject report = start_report("sp-validate", outcome.total);
  if (!schema_sha256.empty()) report.add("schema_sha256", schema_sha256);
  report.add("violations", outcome.violations.total());
  report.add("violation_counts", counts_json(outcome.violations));
  add_files(report, outcome.files, with_status);
  return report;
}

}  // namespace sp
