#include "validate.h"

#include "header_check.h"
#include "infer.h"
#include "outputs.h"
#include "row_checker.h"
#include "schema_flags.h"
#include "sp/report.h"

namespace sp {
namespace {

struct FileCounts {
  std::string name;
  RowCounts rows;
};

// One run: the inputs one after the other through one checker into one output.
class Validation {
 public:
  explicit Validation(const ValidateOptions& options)
      : options_(options),
        schema_(requested_schema(options)),
        stream_(requested_stream(options, schema_)),
        violations_(options.errors),
        checker_(schema_, violations_),
        valid_(stream_, checker_),
        rejected_(options.rejects),
        progress_(stream_.progress, "sp-validate") {}

  void read(const std::string& file);
  void finish(const Log& log);

 private:
  void check_same_columns(const RecordReader& reader);
  void check_rows(RecordReader& reader, RowCounts& rows);
  void summarize(const Log& log) const;
  std::string why_it_failed() const;
  JsonObject report() const;

  const ValidateOptions& options_;
  const Schema schema_;
  const StreamOptions stream_;
  ViolationLog violations_;
  RowChecker checker_;
  ValidRows valid_;
  RejectedRows rejected_;
  Progress progress_;
  std::vector<FileCounts> files_;
  RowCounts total_;
  std::unique_ptr<RecordReader> first_;  // kept for its columns and format
  std::string header_error_;
  std::uint64_t header_errors_ = 0;
};

void Validation::read(const std::string& file) {
  auto reader = open_reader(open_source(file, stream_.source), stream_.read);
  if (first_) check_same_columns(*reader);
  violations_.set_file(file);
  checker_.set_input(file, reader->columns());
  for (const Violation& violation : check_header(schema_, reader->columns(), reader->format())) {
    if (header_errors_++ == 0) header_error_ = violation.message;
    violations_.add(violation);
  }
  valid_.begin(*reader);
  rejected_.begin(*reader);
  files_.push_back({file, {}});
  check_rows(*reader, files_.back().rows);
  if (!first_) first_ = std::move(reader);
}

void Validation::check_same_columns(const RecordReader& reader) {
  if (reader.format() == first_->format() && reader.delimiter() == first_->delimiter() &&
      reader.columns() == first_->columns()) {
    return;
  }
  throw Error(ExitCode::kDataErr,
              "has other columns, or another format or delimiter, than " + first_->name() +
                  "; give it to a run of its own",
              {reader.name(), 0, 1, ""});
}

void Validation::check_rows(RecordReader& reader, RowCounts& rows) {
  Record record;
  while (reader.next(record)) {
    ++rows.rows_in;
    if (checker_.check(record)) {
      valid_.write(record);
    } else {
      ++rows.rows_rejected;
      rejected_.write(record);
    }
    progress_.tick(reader, total_.rows_in + rows.rows_in);
  }
  rows.rows_out = rows.rows_in - rows.rows_rejected;
  total_.rows_in += rows.rows_in;
  total_.rows_out += rows.rows_out;
  total_.rows_rejected += rows.rows_rejected;
  progress_.finish(reader, total_.rows_in);
}

void Validation::summarize(const Log& log) const {
  if (total_.rows_rejected == 0) return;
  std::string text = std::to_string(total_.rows_rejected) + " of " +
                     std::to_string(total_.rows_in) + " rows rejected:";
  const char* separator = " ";
  for (const ViolationLog::Count& entry : violations_.counts()) {
    text += separator + entry.field + (entry.field.empty() ? "" : " ") +
            (entry.constraint.empty() ? entry.code : entry.constraint) + " " +
            std::to_string(entry.count);
    separator = ", ";
  }
  log.info(text);
}

// Empty where the exit status is 0.
std::string Validation::why_it_failed() const {
  const std::string rejected = std::to_string(total_.rows_rejected) + " of " +
                               std::to_string(total_.rows_in) + " rows were rejected";
  if (header_errors_ > 0) {
    const std::string more =
        header_errors_ == 1 ? "" : " (and " + std::to_string(header_errors_ - 1) + " more)";
    return "the header is not that of the schema: " + header_error_ + more;
  }
  if (options_.max_rejects &&
      options_.max_rejects->is_exceeded(total_.rows_rejected, total_.rows_in)) {
    return rejected + ", more than --max-rejects " + options_.max_rejects->text;
  }
  if (total_.rows_rejected > 0 && options_.rejects.empty()) {
    return rejected + " and not kept; keep them with --rejects FILE";
  }
  return "";
}

JsonObject Validation::report() const {
  JsonObject report = start_report("sp-validate", total_);
  if (!schema_.sha256.empty()) report.add("schema_sha256", schema_.sha256);
  report.add("violations", violations_.total());
  std::string counts, files;
  for (const ViolationLog::Count& entry : violations_.counts()) {
    JsonObject object;
    object.add("field", entry.field).add("code", entry.code).add("constraint", entry.constraint);
    counts += (counts.empty() ? "" : ",") + object.add("count", entry.count).str();
  }
  for (const FileCounts& file : files_) {
    JsonObject object;
    object.add("file", file.name).add("rows_in", file.rows.rows_in);
    object.add("rows_out", file.rows.rows_out).add("rows_rejected", file.rows.rows_rejected);
    files += (files.empty() ? "" : ",") + object.str();
  }
  report.add_raw("violation_counts", "[" + counts + "]");
  report.add_raw("files", "[" + files + "]");
  return report;
}

// Everything is out before the report appears, and the report is there before standard output ends.
void Validation::finish(const Log& log) {
  valid_.flush();
  rejected_.close();
  violations_.close();
  summarize(log);
  const std::string failure = why_it_failed();
  if (!failure.empty()) {
    valid_.close();
    throw Error(ExitCode::kDataErr, failure, {files_.size() == 1 ? files_[0].name : "", 0, 0, ""});
  }
  write_report(stream_.report, report());
  valid_.close();
}

}  // namespace

void run_validate(const ValidateOptions& options, const Log& log) {
  std::vector<std::string> files = options.stream.files;
  if (files.empty()) files.push_back("-");
  check_outputs(options);
  if (options.infer) return infer_schema(options, files, log);
  Validation validation(options);
  for (const std::string& file : files) validation.read(file);
  validation.finish(log);
}

}  // namespace sp
