#include "sp-validate/validate.h"

#include "sp-validate/batch.h"
#include "sp-validate/outcome.h"
#include "sp-validate/outputs.h"
#include "sp-validate/row_checker.h"
#include "sp-validate/schema_flags.h"
#include "sp/app/report.h"
#include "sp/schema/header_check.h"
#include "sp/stream/progress.h"
#include "sp/table/formats.h"

namespace sp {
namespace {

Violation violation_of(const HeaderFault& fault) {
  Violation violation;
  violation.line = 1;
  violation.field = fault.field;
  violation.code = fault.code;
  violation.has_value = false;
  violation.message = fault.message;
  return violation;
}

// One run: the inputs one after the other through one checker into one output.
class Validation {
 public:
  Validation(const ValidateOptions& options, const Log& log)
      : options_(options),
        log_(log),
        schema_(requested_schema(options)),
        stream_(requested_stream(options, schema_)),
        violations_(options.errors),
        checker_(schema_, violations_),
        valid_(stream_, checker_),
        rejected_(options.rejects),
        progress_(stream_.progress, "sp-validate") {}

  void read(const std::string& file);
  void finish();

 private:
  void warn_of_delimiter(const RecordReader& reader) const;
  void check_same_columns(const RecordReader& reader);
  void check_rows(RecordReader& reader, RowCounts& rows);
  std::string why_it_failed() const;

  const ValidateOptions& options_;
  const Log& log_;
  const Schema schema_;
  const StreamOptions stream_;
  ViolationLog violations_;
  RowChecker checker_;
  ValidRows valid_;
  RejectedRows rejected_;
  Progress progress_;
  Outcome outcome_;
  std::unique_ptr<RecordReader> first_;  // kept for its columns and format
  std::string header_error_;
  std::uint64_t header_errors_ = 0;
};

void Validation::read(const std::string& file) {
  auto reader = open_reader(open_source(stream_, file), stream_.read);
  if (first_) check_same_columns(*reader);
  violations_.set_file(file);
  checker_.set_input(file, reader->columns());
  warn_of_delimiter(*reader);
  for (const HeaderFault& fault :
       check_header(schema_, reader->columns(), reader->format(), reader->delimiter())) {
    if (header_errors_++ == 0) header_error_ = fault.message;
    violations_.add(violation_of(fault));
  }
  if (header_errors_ > 0) valid_.outlive_reader();
  valid_.begin(*reader);
  rejected_.begin(*reader);
  FileReport report;
  report.file = file;
  check_rows(*reader, report.rows);
  report.xxh128 = reader->source().xxh128();
  outcome_.add(std::move(report));
  if (!first_) first_ = std::move(reader);
}

// Without a schema no header is wrong, but one column is seldom what was meant.
void Validation::warn_of_delimiter(const RecordReader& reader) const {
  if (!schema_.fields.empty() || reader.format() == Format::kNdjson) return;
  const std::string hint = delimiter_hint(reader.columns(), reader.delimiter(), 0);
  if (!hint.empty()) log_.warning(hint, {reader.name(), 0, 1, ""});
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
    progress_.tick(reader, outcome_.total.rows_in + rows.rows_in);
  }
  rows.rows_out = rows.rows_in - rows.rows_rejected;
  progress_.finish(reader, outcome_.total.rows_in + rows.rows_in);
}

// Empty where the exit status is 0.
std::string Validation::why_it_failed() const {
  if (header_errors_ > 0) return header_error(header_error_, header_errors_);
  return rejects_error(outcome_, options_);
}

// Everything is out before the report appears, and the report is there before standard output ends.
void Validation::finish() {
  valid_.flush();
  rejected_.close();
  const std::string dangling = checker_.finish();
  violations_.close();
  outcome_.violations = violations_.total();
  outcome_.counts = violations_.counts();
  if (const std::string text = summary(outcome_); !text.empty()) log_.info(text);
  const std::string failure = dangling.empty() ? why_it_failed() : dangling;
  if (!failure.empty()) {
    valid_.close();
    const bool is_one = outcome_.files.size() == 1;
    throw Error(ExitCode::kDataErr, failure, {is_one ? outcome_.files[0].file : "", 0, 0, ""});
  }
  write_report(stream_.report, outcome_report(outcome_, schema_.sha256, false));
  valid_.close();
}

}  // namespace

void run_validate(const ValidateOptions& options, const Log& log) {
  std::vector<std::string> files = options.stream.files;
  if (files.empty()) files.push_back("-");
  check_outputs(options);
  discard_report(options.stream.report);
  if (!options.file_column.empty()) return validate_batch(options, files, log);
  Validation validation(options, log);
  for (const std::string& file : files) validation.read(file);
  validation.finish();
}

}  // namespace sp
