#include "required_reports.h"

#include <fmt/format.h>

#include <algorithm>

#include "sp/diagnostic.h"
#include "sp/report.h"

namespace sp::load {
namespace {

ReportSummary read_ok_report(const std::string& file) {
  try {
    ReportSummary report = read_report(file);
    if (report.status == "ok") return report;
    throw Error(ExitCode::kTempFail, report.tool + " did not end well: its status is not ok",
                {file, 0, 0, ""});
  } catch (const Error& error) {
    if (error.code() == ExitCode::kTempFail) throw;
    throw Error(ExitCode::kTempFail, error.what(), error.where());
  }
}

void require_equal(std::uint64_t wrote, const std::string& who, std::uint64_t got,
                   const std::string& next) {
  if (wrote == got) return;
  throw Error(ExitCode::kTempFail, fmt::format("{} wrote {} rows and {} received {}: a stage died; "
                                               "nothing is committed",
                                               who, wrote, next, got));
}

}  // namespace

void require_reports(const std::vector<std::string>& files) {
  for (const std::string& file : files) read_ok_report(file);
}

ReportedRows require_agreeing_reports(const std::vector<std::string>& files,
                                      std::uint64_t received) {
  std::vector<ReportSummary> reports;
  reports.reserve(files.size());
  for (const std::string& file : files) reports.push_back(read_ok_report(file));
  for (std::size_t i = 0; i + 1 < reports.size(); ++i) {
    require_equal(reports[i].counts.rows_out, reports[i].tool, reports[i + 1].counts.rows_in,
                  reports[i + 1].tool);
  }
  // Results of sp-aggregate, which does not pass its rows on then, are rows of their own.
  const ReportSummary& last = reports.back();
  const bool are_results = last.results == received && last.counts.rows_out != received;
  if (!are_results) require_equal(last.counts.rows_out, last.tool, received, "sp-load");
  const auto validate = std::find_if(reports.begin(), reports.end(), [](const ReportSummary& r) {
    return r.tool == "sp-validate";
  });
  ReportedRows out;
  const ReportSummary& reader = validate == reports.end() ? reports.front() : *validate;
  out.rows_read = are_results ? received : std::max(received, reader.counts.rows_in);
  for (const ReportSummary& report : reports) {
    if (out.schema_sha256.empty()) out.schema_sha256 = report.schema_sha256;
  }
  return out;
}

}  // namespace sp::load
