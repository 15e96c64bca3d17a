#include "sp-schema/infer/infer.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "sp-schema/infer/layout/dialect.h"
#include "sp-schema/infer/layout/row_widths.h"
#include "sp-schema/infer/role/key.h"
#include "sp-schema/infer/schema_draft.h"
#include "sp-schema/infer/settle.h"
#include "sp-schema/infer/text/encoding.h"
#include "sp-schema/infer/text/source.h"
#include "sp-schema/infer/write.h"
#include "sp/base/excerpt.h"
#include "sp/base/key_hash.h"
#include "sp/io/byte_sink.h"
#include "sp/io/text_encoding.h"
#include "sp/stream/progress.h"
#include "sp/table/formats.h"

namespace sp {
namespace {

// Rows whose types suggest which columns may be a key.
constexpr std::size_t kFirstRows = 200;

class Inference {
 public:
  explicit Inference(const InferOptions& options)
      : read_(options.stream.read),
        is_named_(!read_.encoding.empty()),
        encoding_(read_.encoding),
        unpack_(options.stream.source),
        progress_(options.stream.progress, "sp-schema") {
    read_.encoding.clear();
    draft_.source = options.source;
  }
  void read(const std::string& file);
  // Nothing can be read after that.
  const SchemaDraft& finish();

 private:
  std::unique_ptr<GuessedSource> open(const std::string& file);
  void check_columns(const RecordReader& reader);
  void see_rows(RecordReader& reader);
  void see(const Record& record);
  void look_for_keys();
  void note_encoding(const GuessedSource& source, const std::string& file);

  ReadOptions read_;
  bool is_named_;         // the encoding, by a flag
  std::string encoding_;  // that a flag names, or that was found; empty: UTF-8,
                          // or by its mark
  SourceOptions unpack_;
  Progress progress_;
  SchemaDraft draft_;
  std::vector<std::vector<std::string>> first_rows_;
  std::vector<std::string_view> row_;  // of the record at hand
  std::optional<GuessedKeys> keys_;
  std::string first_file_;
  std::uint64_t rows_ = 0;
};

// In UTF-8, whatever the file is in.
std::unique_ptr<GuessedSource> Inference::open(const std::string& file) {
  auto source = open_source(file, unpack_);
  if (is_named_ || encoding_.starts_with("UTF-16")) {
    return std::make_unique<GuessedSource>(decode_source(std::move(source), "", encoding_));
  }
  auto guessed = std::make_unique<GuessedSource>(std::move(source));
  const std::string by_mark = encoding_of_mark(guessed->head());
  const std::string by_nulls = encoding_of_nulls(guessed->head());
  if (by_mark.empty() && by_nulls.empty()) return guessed;
  if (by_mark.empty()) encoding_ = by_nulls;
  return std::make_unique<GuessedSource>(
      decode_source(std::move(guessed), "", by_mark.empty() ? by_nulls : by_mark));
}

void Inference::read(const std::string& file) {
  auto source = open(file);
  if (first_file_.empty()) {
    draft_.shape = guess_dialect(source->head(), source->is_whole(), read_);
    if (!draft_.shape.fault.empty()) {
      throw Error(ExitCode::kDataErr, draft_.shape.fault, {file, 0, 0, ""});
    }
    for (const std::string& decision : draft_.shape.decisions) draft_.remarks.decide(decision);
  }
  const GuessedSource& guessed = *source;
  const auto reader = open_reader(std::move(source), read_);
  if (first_file_.empty()) {
    first_file_ = file;
    draft_.columns = reader->columns();
    draft_.guesses.resize(draft_.columns.size());
  }
  check_columns(*reader);
  see_rows(*reader);
  note_encoding(guessed, file);
  draft_.dialect = dialect_json(*reader, read_, encoding_);
  if (read_.takes_other_members) draft_.schema.fields_match = FieldsMatch::kSubset;
}

void Inference::check_columns(const RecordReader& reader) {
  const Columns& columns = reader.columns();
  if (!(columns == draft_.columns)) {
    throw Error(ExitCode::kDataErr, "has other columns than " + first_file_,
                {reader.name(), 0, 1, ""});
  }
  const std::string& header = reader.header_text();
  const auto lines = static_cast<std::uint64_t>(std::count(header.begin(), header.end(), '\n'));
  KeyViews names;  // a hostile header may have a million
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (names.insert(columns[i]).second) continue;
    throw Error(ExitCode::kDataErr,
                (columns[i].empty() ? "two columns have no name"
                                    : "two columns have the name " + excerpt(columns[i])) +
                    ": no schema can tell them apart; --skip-rows " + std::to_string(lines) +
                    " --no-header gives all columns other names, --no-header alone where line " +
                    std::to_string(lines) + " is a row of data",
                {reader.name(), 0, lines, columns[i]});
  }
}

void Inference::see_rows(RecordReader& reader) {
  Record record;
  RowWidths widths(draft_.shape);
  while (reader.next(record)) {
    if (widths.see(reader, record)) see(record);
    progress_.tick(reader, ++rows_);
  }
  progress_.finish(reader, rows_);
  widths.check(reader);
  const bool has_types =
      std::any_of(draft_.guesses.begin(), draft_.guesses.end(), [](const ColumnGuess& guess) {
        return guess.type() != FieldType::kString && guess.type() != FieldType::kAny;
      });
  widths.tell(reader, has_types, draft_.remarks);
}

void Inference::see(const Record& record) {
  std::vector<ColumnGuess>& guesses = draft_.guesses;
  for (std::size_t i = 0; i < guesses.size(); ++i) {
    guesses[i].see(record[i], record.kind(i), record.line());
  }
  if (keys_) {
    keys_->see(record);
    if (!draft_.long_rows->names()) return;
    row_.clear();
    for (std::size_t i = 0; i < guesses.size(); ++i) row_.push_back(record[i]);
    return draft_.long_rows->see(row_);
  }
  std::vector<std::string>& row = first_rows_.emplace_back();
  for (std::size_t i = 0; i < guesses.size(); ++i) row.emplace_back(record[i]);
  if (first_rows_.size() == kFirstRows) look_for_keys();
}

void Inference::look_for_keys() {
  std::vector<FieldType> types;
  for (std::size_t i = 0; i < draft_.guesses.size(); ++i)
    types.push_back(draft_.guesses[i].field_named(draft_.columns[i]).type);
  keys_.emplace(draft_.columns, types);
  draft_.long_rows.emplace(draft_.columns, types);
  for (const std::vector<std::string>& row : first_rows_) {
    keys_->see(row);
    draft_.long_rows->see({row.begin(), row.end()});
  }
  first_rows_ = {};
}

void Inference::note_encoding(const GuessedSource& source, const std::string& file) {
  const std::string found = source.encoding();
  if (found.empty() || found == encoding_) return;
  const bool is_wider = encoding_ == "ISO-8859-1" && found == "WINDOWS-1252";
  if (!encoding_.empty() && !is_wider && encoding_ != "WINDOWS-1252") {
    throw Error(ExitCode::kDataErr, "is not in " + encoding_ + " as " + first_file_ + " is",
                {file, 0, 0, ""});
  }
  if (encoding_.empty()) {
    draft_.remarks.decide("the text is no UTF-8: it is read as " + found +
                          "; --encoding names another");
  }
  if (encoding_.empty() || is_wider) encoding_ = found;
}

const SchemaDraft& Inference::finish() {
  if (!keys_) look_for_keys();
  draft_.keys = keys_->found();
  draft_.repeated = [this](const std::vector<std::size_t>& columns) {
    return keys_->repeated(columns);
  };
  settle(draft_);
  if (keys_->gave_up()) {
    draft_.remarks.note("there are too many rows to look for a key: name the primaryKey yourself");
  }
  return draft_;
}

}  // namespace

void run_infer(const InferOptions& options, const Log& log) {
  Inference inference(options);
  std::vector<std::string> files = options.stream.files;
  if (files.empty()) files.push_back("-");
  for (const std::string& file : files) inference.read(file);
  const SchemaDraft& draft = inference.finish();
  const bool must_load = !options.source.empty();
  draft.remarks.warn(log, draft.columns, options.strict, must_load);
  if (const std::size_t decisions = draft.remarks.decisions(); options.strict && decisions > 0) {
    throw Error(ExitCode::kDataErr,
                "the input can be read in more than one way (" + counted(decisions, "decision") +
                    ", the errors above); without --strict a schema is written");
  }
  if (must_load && draft.remarks.has_demands()) {
    throw Error(ExitCode::kDataErr,
                "no schema loads the input before that is decided (the errors above); without "
                "--source one is written to begin with");
  }
  const auto sink = open_sink("-");
  sink->append(to_json(draft));
  sink->close();
}

}  // namespace sp
