#include "sp-load/ledger/required_reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sp/app/report.h"
#include "sp/base/diagnostic.h"

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

// A stage that makes other rows of its rows (a summary, a row per value) counts them as results,
// and nothing else comes out of it.
std::uint64_t written_by(const ReportSummary& report) {
  return report.results.value_or(report.counts.rows_out);
}

std::vector<ReportSummary> reports_there(const std::vector<std::string>& files) {
  std::vector<ReportSummary> reports;
  for (const std::string& file : files) {
    try {
      reports.push_back(read_ok_report(file));
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch): that stage did not end well
    }
  }
  return reports;
}

std::vector<FileReport> files_read(const std::vector<ReportSummary>& reports) {
  std::vector<FileReport> out;
  for (const ReportSummary& report : reports) {
    std::copy_if(report.files.begin(), report.files.end(), std::back_inserter(out),
                 [](const FileReport& file) { return !file.xxh128.empty(); });
    if (!out.empty()) break;
  }
  return out;
}

void require_all(const ReportSummary& report, std::uint64_t got, const std::string& next) {
  if (written_by(report) == got) return;
  throw Error(ExitCode::kTempFail,
              fmt::format("{} wrote {} rows and {} received {}: a stage died; nothing is committed",
                          report.tool, written_by(report), next, got));
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
    require_all(reports[i], reports[i + 1].counts.rows_in, reports[i + 1].tool);
  }
  require_all(reports.back(), received, "sp-load");
  const auto validate = std::find_if(reports.begin(), reports.end(), [](const ReportSummary& r) {
    return r.tool == "sp-validate";
  });
  ReportedRows out;
  const ReportSummary& reader = validate == reports.end() ? reports.front() : *validate;
  out.rows_read = reader.counts.rows_in;
  out.rows_left_out = reader.counts.rows_left_out;
  out.rows_passed = reader.counts.rows_out;
  if (validate != reports.end()) out.files = validate->files;
  out.is_reshaped = std::any_of(reports.begin(), reports.end(),
                                [](const ReportSummary& r) { return r.results.has_value(); });
  out.read = files_read(reports);
  for (const ReportSummary& report : reports) {
    if (out.schema_sha256.empty()) out.schema_sha256 = report.schema_sha256;
  }
  return out;
}

std::vector<FileReport> files_read(const std::vector<std::string>& files) {
  return files_read(reports_there(files));
}

std::vector<FileReport> files_judged(const std::vector<std::string>& files) {
  for (const ReportSummary& report : reports_there(files)) {
    if (report.tool == "sp-validate") return report.files;
  }
  return {};
}

std::optional<std::vector<RowPlace>> places_passed(const std::vector<std::string>& files) {
  std::optional<std::vector<RowPlace>> out;
  for (const ReportSummary& report : reports_there(files)) {
    const bool is_validate = report.tool == "sp-validate" && report.files.size() == 1;
    // Of two that reject rows, the second one's places are not those of the file.
    if (report.results || (is_validate && out)) return std::nullopt;
    if (is_validate) out = report.files[0].places;
  }
  return out;
}

const FileReport* find_report(const std::vector<FileReport>& reports, const std::string& name,
                              bool is_single) {
  if (is_single && reports.size() == 1) return &reports[0];
  const auto found = std::find_if(reports.begin(), reports.end(),
                                  [&](const FileReport& file) { return file.file == name; });
  return found == reports.end() ? nullptr : &*found;
}

}  // namespace sp::load
