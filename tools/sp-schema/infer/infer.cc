#include "sp-schema/infer/infer.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "sp-schema/infer/column.h"
#include "sp-schema/infer/dialect.h"
#include "sp-schema/infer/encoding.h"
#include "sp-schema/infer/key.h"
#include "sp-schema/infer/source.h"
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

// How many rows of a file are as wide as its header, and how wide the others are.
class RowWidths {
 public:
  void see(const Record& record, bool is_sound) {
    if (record.defect().empty() && is_blank(record)) return;
    ++rows_;
    if (is_sound) ++sound_;
    if (!record.defect().empty()) return;
    Width& width = widths_[record.size()];
    if (width.rows++ == 0) width.first_line = record.line();
  }
  // Throws Error(kDataErr) where most rows are not: what was taken for the header is none.
  void check(const RecordReader& reader) const {
    if (sound_ * 2 >= rows_) return;
    std::string message =
        "only " + std::to_string(sound_) + " of " + std::to_string(rows_) + " rows ";
    const bool is_json = reader.format() == Format::kNdjson;
    message += is_json ? "have no other members than the first"
                       : "are as wide as what was taken for the header";
    const auto usual = std::max_element(
        widths_.begin(), widths_.end(),
        [](const auto& one, const auto& other) { return one.second.rows < other.second.rows; });
    // Another width is that of a table below lines that are none; of one cell are lines of text.
    const bool is_table =
        usual != widths_.end() && usual->first > 1 && usual->first != reader.columns().size();
    if (is_table && !is_json) {
      message += "; " + std::to_string(usual->second.rows) + " have " +
                 std::to_string(usual->first) + " cells, the first in line " +
                 std::to_string(usual->second.first_line) + ": --skip-rows " +
                 std::to_string(usual->second.first_line - 1) + " leaves out what is before it";
    }
    throw Error(ExitCode::kDataErr, message, {reader.name(), 0, 0, ""});
  }

 private:
  struct Width {
    std::uint64_t rows = 0, first_line = 0;
  };
  std::uint64_t rows_ = 0, sound_ = 0;
  std::map<std::size_t, Width> widths_;
};

class Inference {
 public:
  explicit Inference(const InferOptions& options)
      : read_(options.stream.read),
        is_named_(!read_.encoding.empty()),
        encoding_(read_.encoding),
        unpack_(options.stream.source),
        progress_(options.stream.progress, "sp-schema") {
    read_.encoding.clear();
  }
  void read(const std::string& file);
  void finish() {
    if (!keys_) look_for_keys();
  }
  void warn(const Log& log) const;
  std::string schema() const;

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
  Columns columns_;
  std::vector<ColumnGuess> guesses_;
  std::vector<std::vector<std::string>> first_rows_;
  std::optional<GuessedKeys> keys_;
  std::string first_file_;
  JsonObject dialect_;
  std::uint64_t rows_ = 0, unsound_ = 0;
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
  if (first_file_.empty()) guess_dialect(source->head(), source->is_whole(), read_);
  const GuessedSource& guessed = *source;
  const auto reader = open_reader(std::move(source), read_);
  if (first_file_.empty()) {
    first_file_ = file;
    columns_ = reader->columns();
    guesses_.resize(columns_.size());
  }
  check_columns(*reader);
  see_rows(*reader);
  note_encoding(guessed, file);
  dialect_ = dialect_json(*reader, read_, encoding_);
}

void Inference::check_columns(const RecordReader& reader) {
  const Columns& columns = reader.columns();
  if (!(columns == columns_)) {
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
  RowWidths widths;
  while (reader.next(record)) {
    const bool is_sound =
        record.defect().empty() && record.size() == columns_.size() && !is_blank(record);
    widths.see(record, is_sound);
    if (is_sound) {
      see(record);
    } else {
      ++unsound_;
    }
    progress_.tick(reader, ++rows_);
  }
  progress_.finish(reader, rows_);
  widths.check(reader);
}

void Inference::see(const Record& record) {
  for (std::size_t i = 0; i < guesses_.size(); ++i) guesses_[i].see(record[i], record.kind(i));
  if (keys_) return keys_->see(record);
  std::vector<std::string>& row = first_rows_.emplace_back();
  for (std::size_t i = 0; i < guesses_.size(); ++i) row.emplace_back(record[i]);
  if (first_rows_.size() == kFirstRows) look_for_keys();
}

void Inference::look_for_keys() {
  std::vector<FieldType> types;
  for (std::size_t i = 0; i < guesses_.size(); ++i)
    types.push_back(guesses_[i].field_named(columns_[i]).type);
  keys_.emplace(columns_, types);
  for (const std::vector<std::string>& row : first_rows_) keys_->see(row);
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
  if (encoding_.empty() || is_wider) encoding_ = found;
}

void Inference::warn(const Log& log) const {
  if (unsound_ > 0) {
    log.warning(std::to_string(unsound_) +
                " rows are blank, damaged or have too few or too many cells; no "
                "schema lets them pass");
  }
  for (std::size_t i = 0; i < guesses_.size(); ++i) {
    if (!guesses_[i].is_ambiguous()) continue;
    log.warning("the dates of " + excerpt(columns_[i]) +
                " may be day before month or month before day: correct the "
                "format where the first "
                "is wrong");
  }
  if (keys_ && keys_->gave_up()) {
    log.warning("there are too many rows to look for a key: name the primaryKey yourself");
  }
}

std::string Inference::schema() const {
  return to_json({columns_, guesses_,
                  keys_ ? keys_->found() : std::vector<std::vector<std::size_t>>{}, dialect_});
}

}  // namespace

void run_infer(const InferOptions& options, const Log& log) {
  Inference inference(options);
  std::vector<std::string> files = options.stream.files;
  if (files.empty()) files.push_back("-");
  for (const std::string& file : files) inference.read(file);
  inference.finish();
  inference.warn(log);
  const auto sink = open_sink("-");
  sink->append(inference.schema());
  sink->close();
}

}  // namespace sp
