// The run report: a JSON object that is there only where a tool read and wrote everything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp/app/row_places.h"
#include "sp/base/json_text.h"

namespace sp {

// What every report holds; rows_in = rows_out + rows_rejected + rows_left_out, or the writer throws
// kSoftware.
struct RowCounts {
  std::uint64_t rows_in = 0;
  std::uint64_t rows_out = 0;
  std::uint64_t rows_rejected = 0;
  std::uint64_t rows_left_out = 0;  // not meant, by the schema; told where there are any

  void add(const RowCounts& other) {
    rows_in += other.rows_in;
    rows_out += other.rows_out;
    rows_rejected += other.rows_rejected;
    rows_left_out += other.rows_left_out;
  }
};

// Removes the report of an earlier run, so that nobody takes it for this run's where this fails.
// The first thing that a tool does, once it has seen that its outputs are not its inputs. Nothing
// where `path` is empty, or is no regular file. A link or FIFO of another user than us or root is
// removed itself, whatever it leads to. Throws Error(kIoErr).
void discard_report(const std::string& path);
// {"tool":…,"version":…,"status":"ok","rows_in":…,"rows_out":…,"rows_rejected":…}, to which a tool
// adds.
JsonObject start_report(std::string_view tool, const RowCounts& counts);
// Writes `report` and a line end under a temporary name beside `path`, fsyncs it and renames it
// into place. Nothing where `path` is empty. Throws Error(kIoErr).
void write_report(const std::string& path, const JsonObject& report);

// One of its `files`: what was read of an input, and what became of it.
struct FileReport {
  std::string file;   // as it was given
  int status = 0;     // of sysexits.h; other than 0: it was refused, and the others were not
  std::string error;  // then why
  RowCounts rows;
  std::string xxh128;            // of its bytes, see ByteSource::xxh128()
  std::vector<RowPlace> places;  // of its rows that pass
};
// As the member `files`; with `status` only where files have a fate of their own.
void add_files(JsonObject& report, const std::vector<FileReport>& files, bool with_status);

// What sp-load asks of a report.
struct ReportSummary {
  std::string tool;
  std::string version;
  std::string status;
  RowCounts counts;
  std::string schema_sha256;  // hexadecimal; empty where no schema was used
  // Rows of results, of a tool that writes these and not its rows (not sp-aggregate
  // --pass-through).
  std::optional<std::uint64_t> results;
  std::vector<FileReport> files;
};
// Throws Error(kTempFail) where the file is not there (the stage died), kDataErr where it is not a
// report.
ReportSummary read_report(const std::string& path);

}  // namespace sp
