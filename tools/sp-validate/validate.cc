#include "sp-validate/validate.h"

#include "sp-validate/outcome.h"
#include "sp-validate/rejects.h"
#include "sp-validate/row_checker.h"
#include "sp-validate/schema_flags.h"
#include "sp-validate/valid_rows.h"
#include "sp/app/report.h"
#include "sp/schema/header_check.h"
#include "sp/stream/progress.h"
#include "sp/table/delimiter_hint.h"
#include "sp/table/formats.h"

namespace sp {
namespace {

// An input is not taken; `error` is why.
struct Refusal {
  Error error;
};

// Calls what asks the input alone. Errors of outputs are not its fault and end the run.
template <typename Ask>
auto of_input(Ask ask) {
  try {
    return ask();
  } catch (const Error& error) {
    if (error.code() == ExitCode::kConfig || error.code() == ExitCode::kUsage) throw;
    throw Refusal{error};
  }
}

// "line 3: it has a quote that is never closed"
std::string message_of(const Error& error) {
  const Location& where = error.where();
  std::string place;
  if (where.row != 0) place = "row " + std::to_string(where.row) + ", ";
  if (where.line != 0) place += "line " + std::to_string(where.line) + ": ";
  return place + error.what();
}

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
//
// In a batch each file has the fate that a run of its own would give it: one that is refused is
// left out, and keys of one bind no other. Else the inputs are parts of one, and the first that
// is refused ends the run.
class Run {
 public:
  Run(const ValidateOptions& options, const Log& log)
      : options_(options),
        log_(log),
        schema_(requested_schema(options)),
        stream_(requested_stream(options, schema_)),
        rejects_(options),
        checker_(schema_, rejects_.violations()),
        valid_(stream_, checker_, options.file_column),
        progress_(stream_.progress, "sp-validate") {
    rejects_.open();  // the schema is right
  }

  void read(const std::string& path);
  void finish();

 private:
  FileReport check(const std::string& path, const std::string& name);
  void check_header(const RecordReader& reader);
  void check_fit(const RecordReader& reader) const;
  void warn_of_delimiter(const RecordReader& reader) const;
  void check_rows(RecordReader& reader, RowCounts& rows, RowPlaces& places);
  void release_if_much();
  void release();
  void leave_out(const std::string& name, const Error& error);
  std::string why_it_failed() const;

  const ValidateOptions& options_;
  const Log& log_;
  const Schema schema_;
  const StreamOptions stream_;
  Rejects rejects_;
  RowChecker checker_;
  ValidRows valid_;
  Progress progress_;
  Outcome outcome_;
  bool is_released_ = false;  // rows of the input at hand are out
  std::string header_error_;
};

void Run::read(const std::string& path) {
  const std::string& name = shown_name(stream_, path);
  is_released_ = false;
  try {
    FileReport file = check(path, name);
    release();
    rejects_.end();
    outcome_.add(std::move(file));
    outcome_.violations.add(rejects_.violations().take_counts());
  } catch (const Refusal& refusal) {
    if (!options_.is_batch() || is_released_) throw Error(refusal.error);
    leave_out(name, refusal.error);
  }
}

FileReport Run::check(const std::string& path, const std::string& name) {
  FileReport file;
  file.file = name;
  const auto reader =
      of_input([&] { return open_reader(open_source(stream_, path), stream_.read); });
  rejects_.begin(name, *reader);
  check_header(*reader);
  check_fit(*reader);
  warn_of_delimiter(*reader);
  checker_.set_input(name, reader->columns());
  valid_.begin(name, *reader);
  RowPlaces places;
  check_rows(*reader, file.rows, places);
  file.places = places.take();
  if (options_.is_batch()) {
    const std::string dangling = checker_.finish();
    if (!dangling.empty()) throw Refusal{Error(ExitCode::kDataErr, dangling, {name, 0, 0, ""})};
  }
  file.xxh128 = reader->source().xxh128();
  return file;
}

// Where the inputs are one, its rows are checked too before it is refused: all that is wrong is
// told at once.
void Run::check_header(const RecordReader& reader) {
  if (reader.has_nothing()) return;
  const auto faults =
      sp::check_header(schema_, reader.columns(), reader.format(), reader.delimiter());
  if (faults.empty()) return;
  if (options_.is_batch()) {
    throw Refusal{Error(ExitCode::kDataErr, header_error(faults), {reader.name(), 0, 1, ""})};
  }
  for (const HeaderFault& fault : faults) rejects_.violations().add(violation_of(fault));
  rejects_.violations().end_row({});
  if (header_error_.empty()) header_error_ = header_error(faults);
  valid_.outlive_reader();
}

// A file of a batch that has other columns is one that another run may well take.
void Run::check_fit(const RecordReader& reader) const {
  const std::string misfit = valid_.misfit(reader);
  if (misfit.empty()) return;
  if (options_.is_batch()) {
    throw Refusal{Error(ExitCode::kTempFail, misfit, {reader.name(), 0, 0, ""})};
  }
  throw Refusal{Error(ExitCode::kDataErr, misfit, {reader.name(), 0, 1, ""})};
}

// Without a schema no header is wrong, but one column is seldom what was meant.
void Run::warn_of_delimiter(const RecordReader& reader) const {
  if (!schema_.fields.empty() || reader.format() == Format::kNdjson) return;
  const std::string hint = delimiter_hint(reader.columns(), reader.delimiter(), 0);
  if (!hint.empty()) log_.warning(hint, {reader.name(), 0, 1, ""});
}

void Run::check_rows(RecordReader& reader, RowCounts& rows, RowPlaces& places) {
  Record record;
  while (of_input([&] { return reader.next(record); })) {
    ++rows.rows_in;
    switch (checker_.check(record)) {
      case Verdict::kValid:
        places.pass(record.row(), record.line());
        valid_.write(record);
        if (valid_.held_bytes() > 0) release_if_much();
        break;
      case Verdict::kRejected:
        ++rows.rows_rejected;
        rejects_.add(record);
        release_if_much();
        break;
      case Verdict::kLeftOut:
        ++rows.rows_left_out;
        break;
    }
    progress_.tick(reader, outcome_.total.rows_in + rows.rows_in);
  }
  rows.rows_out = rows.rows_in - rows.rows_rejected - rows.rows_left_out;
  progress_.finish(reader, outcome_.total.rows_in + rows.rows_in);
}

// A file of a batch that breaks after its first rows are out takes the whole run along.
void Run::release_if_much() {
  constexpr std::size_t kMuch = std::size_t{64} * 1024;
  if (valid_.held_bytes() + rejects_.held_bytes() > kMuch) release();
}

void Run::release() {
  valid_.release();
  rejects_.release();
  is_released_ = true;
}

void Run::leave_out(const std::string& name, const Error& error) {
  checker_.finish();
  valid_.drop();
  rejects_.drop();
  rejects_.violations().take_counts();
  log_.warning(std::string("refused: ") + error.what(), error.where());
  FileReport file;
  file.file = name;
  file.status = static_cast<int>(error.code());
  file.error = message_of(error);
  outcome_.add(std::move(file));
}

// Empty where the exit status is 0.
std::string Run::why_it_failed() const {
  if (!header_error_.empty()) return header_error_;
  return rejects_error(outcome_, options_);
}

// In the order that sp-load --require-report relies on: everything is out before the report
// appears, and the report is there before standard output ends.
void Run::finish() {
  valid_.flush(schema_);
  const std::string dangling = checker_.finish();
  rejects_.close();
  outcome_.violations.add(rejects_.violations().take_counts());
  if (const std::string text = summary(outcome_); !text.empty()) log_.info(text);
  const std::string failure = dangling.empty() ? why_it_failed() : dangling;
  if (!failure.empty()) {
    valid_.close();
    const bool is_one = outcome_.files.size() == 1 && !options_.is_batch();
    throw Error(ExitCode::kDataErr, failure, {is_one ? outcome_.files[0].file : "", 0, 0, ""});
  }
  write_report(stream_.report, outcome_report(outcome_, schema_.sha256, options_.is_batch()));
  valid_.close();
}

}  // namespace

void run_validate(const ValidateOptions& options, const Log& log) {
  std::vector<std::string> files = options.stream.files;
  if (files.empty()) files.push_back("-");
  check_outputs(options);
  discard_report(options.stream.report);
  Run run(options, log);
  for (const std::string& file : files) run.read(file);
  run.finish();
}

}  // namespace sp
