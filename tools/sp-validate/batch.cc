#include "sp-validate/batch.h"

#include "sp-validate/batch_rows.h"
#include "sp-validate/file_rejects.h"
#include "sp-validate/outcome.h"
#include "sp-validate/schema_flags.h"
#include "sp/schema/header_check.h"
#include "sp/stream/progress.h"
#include "sp/table/formats.h"

namespace sp {
namespace {

// So much of a file is held back. One that breaks after it takes the whole run along, because its
// first rows are out.
constexpr std::size_t kHold = std::size_t{64} * 1024;

// A file is not taken; `error` is why.
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

class Batch {
 public:
  explicit Batch(const ValidateOptions& options, const Log& log)
      : options_(options),
        log_(log),
        schema_(requested_schema(options)),
        stream_(requested_stream(options, schema_)),
        rows_(stream_, options.file_column),
        errors_(options.errors.empty() ? nullptr : open_sink(options.errors)),
        progress_(stream_.progress, "sp-validate") {}

  void read(const std::string& name);
  void finish();

 private:
  std::unique_ptr<RecordReader> open(const std::string& name) const;
  void check_rows(RecordReader& reader, RowChecker& checker, FileRejects& rejects, RowCounts& rows);
  void refuse(const std::string& name, const Error& error);
  void accept(FileReport file, const ViolationLog& violations);

  const ValidateOptions& options_;
  const Log& log_;
  const Schema schema_;
  const StreamOptions stream_;
  BatchRows rows_;
  std::unique_ptr<ByteSink> errors_;
  Progress progress_;
  Outcome outcome_;
  bool is_released_ = false;  // rows of the file at hand are out
};

// What a run of its own would find: its own checker too, for keys that other files hold are no
// concern of this one.
void Batch::read(const std::string& name) {
  is_released_ = false;
  FileReport file;
  file.file = name;
  FileRejects rejects(name, options_.rejects, errors_.get());
  RowChecker checker(schema_, rejects.violations());
  try {
    const auto reader = of_input([&] { return open(name); });
    checker.set_input(name, reader->columns());
    rows_.begin(*reader, checker, name);
    check_rows(*reader, checker, rejects, file.rows);
    if (const std::string dangling = checker.finish(); !dangling.empty()) {
      throw Refusal{Error(ExitCode::kDataErr, dangling, {name, 0, 0, ""})};
    }
    file.xxh128 = reader->source().xxh128();
    rows_.release();
    rejects.close();
    accept(std::move(file), rejects.violations());
  } catch (const Refusal& refusal) {
    if (is_released_) throw Error(refusal.error);
    rows_.drop();
    refuse(name, refusal.error);
  }
}

// The header is checked too. A file of other columns is one that another run may well take.
std::unique_ptr<RecordReader> Batch::open(const std::string& name) const {
  auto reader = open_reader(open_source(stream_, name), stream_.read);
  const auto wrong =
      check_header(schema_, reader->columns(), reader->format(), reader->delimiter());
  if (!wrong.empty()) {
    throw Error(ExitCode::kDataErr, header_error(wrong[0].message, wrong.size()), {name, 0, 1, ""});
  }
  if (!rows_.fits(reader->columns())) {
    throw Error(ExitCode::kTempFail,
                "has other columns than the files before it; give it to another run",
                {name, 0, 0, ""});
  }
  return reader;
}

void Batch::check_rows(RecordReader& reader, RowChecker& checker, FileRejects& rejects,
                       RowCounts& rows) {
  Record record;
  std::size_t held = 0;
  while (of_input([&] { return reader.next(record); })) {
    ++rows.rows_in;
    if (checker.check(record)) {
      rows_.write(record);
    } else {
      ++rows.rows_rejected;
      rejects.reject(reader, record);
    }
    held += record.raw().size();
    if (held > kHold) {
      rows_.release();
      rejects.release();
      is_released_ = true;
      held = 0;
    }
    progress_.tick(reader, outcome_.total.rows_in + rows.rows_in);
  }
  rows.rows_out = rows.rows_in - rows.rows_rejected;
  progress_.finish(reader, outcome_.total.rows_in + rows.rows_in);
}

void Batch::refuse(const std::string& name, const Error& error) {
  log_.warning(std::string("refused: ") + error.what(), error.where());
  FileReport file;
  file.file = name;
  file.status = static_cast<int>(error.code());
  file.error = message_of(error);
  outcome_.add(std::move(file));
}

void Batch::accept(FileReport file, const ViolationLog& violations) {
  outcome_.add(std::move(file));
  outcome_.violations += violations.total();
  for (const ViolationLog::Count& count : violations.counts()) outcome_.add(count);
}

// In the order that sp-load --require-report relies on: everything is out before the report
// appears, and the report is there before standard output ends.
void Batch::finish() {
  rows_.flush(schema_);
  if (errors_) errors_->close();
  if (const std::string text = summary(outcome_); !text.empty()) log_.info(text);
  const std::string failure = rejects_error(outcome_, options_);
  if (!failure.empty()) {
    rows_.close();
    throw Error(ExitCode::kDataErr, failure);
  }
  write_report(stream_.report, outcome_report(outcome_, schema_.sha256, true));
  rows_.close();
}

}  // namespace

void validate_batch(const ValidateOptions& options, const std::vector<std::string>& files,
                    const Log& log) {
  Batch batch(options, log);
  for (const std::string& file : files) batch.read(file);
  batch.finish();
}

}  // namespace sp
