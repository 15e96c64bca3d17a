#include "sp/app/report.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <sys/stat.h>

#include <cerrno>

#include "sp/base/diagnostic.h"
#include "sp/base/version.h"
#include "sp/io/whole_file.h"

namespace sp {
namespace {

constexpr std::size_t kMaxReportBytes = std::size_t{16} << 20;

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw Error(ExitCode::kDataErr, "not a run report: " + what, {path, 0, 0, ""});
}

std::string read_existing(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 && errno == ENOENT) {
    throw Error(ExitCode::kTempFail,
                "there is no report " + path + ": the stage that writes it did not end well");
  }
  std::optional<std::string> text = read_file(path, kMaxReportBytes);
  if (!text) fail(path, "it is larger than 16 MiB");
  return *std::move(text);
}

std::string text_member(simdjson::dom::object report, const char* name, const std::string& path,
                        bool required = true) {
  std::string_view value;
  const auto error = report[name].get(value);
  if (error == simdjson::NO_SUCH_FIELD && !required) return "";
  if (error) fail(path, fmt::format("'{}' is missing or is not a string", name));
  return std::string(value);
}

std::uint64_t count_member(simdjson::dom::object report, const char* name,
                           const std::string& path) {
  std::uint64_t value = 0;
  if (report[name].get(value)) fail(path, fmt::format("'{}' is missing or is not a count", name));
  return value;
}

RowCounts counts_of(simdjson::dom::object report, const std::string& path) {
  RowCounts out;
  out.rows_in = count_member(report, "rows_in", path);
  out.rows_out = count_member(report, "rows_out", path);
  out.rows_rejected = count_member(report, "rows_rejected", path);
  if (report["rows_left_out"].error() != simdjson::NO_SUCH_FIELD) {
    out.rows_left_out = count_member(report, "rows_left_out", path);
  }
  return out;
}

void add_counts(JsonObject& report, const RowCounts& counts) {
  report.add("rows_in", counts.rows_in).add("rows_out", counts.rows_out);
  report.add("rows_rejected", counts.rows_rejected);
  if (counts.rows_left_out > 0) report.add("rows_left_out", counts.rows_left_out);
}

void add_places(JsonObject& report, const std::vector<RowPlace>& places) {
  if (places.empty()) return;
  JsonArray array;
  for (const RowPlace& place : places) {
    array.add(JsonArray().add(place.out).add(place.row).add(place.line));
  }
  report.add("places", array);
}

std::vector<RowPlace> places_of(simdjson::dom::object report, const std::string& path) {
  std::vector<RowPlace> out;
  simdjson::dom::array places;
  if (report["places"].get(places)) return out;
  for (const simdjson::dom::element place : places) {
    RowPlace next;
    if (place.at(0).get(next.out) || place.at(1).get(next.row) || place.at(2).get(next.line)) {
      fail(path, "a file's 'places' are not rows and lines");
    }
    out.push_back(next);
  }
  return out;
}

FileReport file_report(simdjson::dom::element element, const std::string& path) {
  simdjson::dom::object object;
  if (element.get(object)) fail(path, "'files' holds something else than objects");
  FileReport file;
  file.file = text_member(object, "file", path);
  std::int64_t status = 0;
  if (object["status"].error() == simdjson::SUCCESS && object["status"].get(status)) {
    fail(path, "a file's 'status' is not a number");
  }
  file.status = static_cast<int>(status);
  file.error = text_member(object, "error", path, false);
  file.rows = counts_of(object, path);
  file.xxh128 = text_member(object, "xxh128", path, false);
  file.places = places_of(object, path);
  return file;
}

}  // namespace

void discard_report(const std::string& path) { discard_file(path); }

JsonObject start_report(std::string_view tool, const RowCounts& counts) {
  if (counts.rows_in != counts.rows_out + counts.rows_rejected + counts.rows_left_out) {
    throw Error(
        ExitCode::kSoftware,
        fmt::format("the row counts do not add up: {} in, {} out, {} rejected, {} left out",
                    counts.rows_in, counts.rows_out, counts.rows_rejected, counts.rows_left_out));
  }
  JsonObject report;
  report.add("tool", tool).add("version", kVersion).add("status", "ok");
  add_counts(report, counts);
  return report;
}

void add_files(JsonObject& report, const std::vector<FileReport>& files, bool with_status) {
  JsonArray array;
  for (const FileReport& file : files) {
    JsonObject object;
    object.add("file", file.file);
    if (with_status) object.add("status", file.status);
    if (!file.error.empty()) object.add("error", file.error);
    add_counts(object, file.rows);
    if (!file.xxh128.empty()) object.add("xxh128", file.xxh128);
    add_places(object, file.places);
    array.add(object);
  }
  report.add("files", array);
}

void write_report(const std::string& path, const JsonObject& report) {
  if (path.empty()) return;
  write_file(path, report.str() + "\n");
}

ReportSummary read_report(const std::string& path) {
  const std::string text = read_existing(path);
  simdjson::dom::parser parser;
  simdjson::dom::object report;
  const auto error = parser.parse(text).get(report);
  if (error) fail(path, simdjson::error_message(error));
  ReportSummary summary;
  summary.tool = text_member(report, "tool", path);
  summary.version = text_member(report, "version", path);
  summary.status = text_member(report, "status", path);
  summary.counts = counts_of(report, path);
  summary.schema_sha256 = text_member(report, "schema_sha256", path, false);
  bool passed_through = false;
  if (report["pass_through"].error() == simdjson::SUCCESS &&
      report["pass_through"].get(passed_through)) {
    fail(path, "'pass_through' is neither true nor false");
  }
  if (!passed_through && report["results"].error() == simdjson::SUCCESS) {
    summary.results = count_member(report, "results", path);
  }
  simdjson::dom::array files;
  if (report["files"].get(files) == simdjson::SUCCESS) {
    for (const simdjson::dom::element file : files) {
      summary.files.push_back(file_report(file, path));
    }
  }
  return summary;
}

}  // namespace sp
