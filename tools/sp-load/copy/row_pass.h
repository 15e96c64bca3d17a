// One reading of an input from its first row to its last: rows for COPY come out, and what the rows
// say about dimensions, times and their publisher is kept.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sp-load/copy/dimension.h"
#include "sp-load/copy/file_column.h"
#include "sp-load/copy/input.h"
#include "sp-load/copy/row_encoder.h"
#include "sp-load/copy/row_names.h"
#include "sp-load/copy/row_numbers.h"
#include "sp/stream/progress.h"

namespace sp::load {

struct LoadOptions;

struct DimensionTarget {
  DimensionSpec spec;
  Table table;
};

// What a reading goes by.
struct RowSource {
  Input& input;
  const Table& table;
  const FileColumn* files;                         // null: of no file that the ledger knows
  const std::vector<DimensionTarget>& dimensions;  // empty but for the first input
  RowNames* names;                                 // null: columns go by their own names
  std::int64_t kept_since;                         // rows before it are expired; kNoTime: none are
  BadText bad_text;
  bool progress;
};

// Rows of an input by their positions, for people.
struct FoundRow {
  std::string key;  // "sensor_id '7', ts '2017-07-01T00:00:00Z'"
  Location where;
};
// In the order of `positions`, which is rising. Reads the input again.
std::vector<FoundRow> find_rows(const RowSource& from, const std::vector<std::uint64_t>& positions);
// "; row 1 (line 2) of it has the same key, ..." with what to do about it, where a row before this
// one has its key and is of the same file; empty otherwise. `key` names the fields that make a key
// unique. Reads the input again.
std::string about_row_before(const LoadOptions& options, const RowSource& from, const FoundRow& row,
                             const std::vector<std::string>& key);

class RowPass {
 public:
  // Opens the input and matches its columns. Throws Error(kDataErr) where they do not fit the
  // table, or do not tell the file of each row.
  explicit RowPass(const RowSource& from);
  RowPass(const RowPass&) = delete;
  RowPass& operator=(const RowPass&) = delete;
  // Appends the next row to `out`; false at the end. Throws Error(kDataErr) for a bad row.
  bool next(CopyBuffer& out);
  // The two halves of it: goes to the next row of a file that is loaded; appends that row, and
  // takes note of it. Throws Error(kDataErr) for a row of no file.
  bool advance();
  void encode(CopyBuffer& out);
  // Before it is encoded: whether numbers of its names are to be found first, while no COPY runs.
  bool lacks_numbers() const { return lacks_numbers_; }
  void find_numbers(Connection& connection);
  // The same of all rows of the input, before the first.
  void find_all_numbers(Connection& connection);
  // Sets the values of columns that are filled, for who encodes the row himself.
  void fill() {
    if (names_ != nullptr) names_->fill(file_);
  }
  const CopyPlan& plan() const { return plan_; }
  const RecordReader& reader() const { return *reader_; }
  const Record& record() const { return record_; }
  // Of the row among those that advance() brought, from 1; and the number of its file.
  std::uint64_t position() const { return position_; }
  std::size_t file() const { return file_; }
  // The row that was appended last: its time (kNoTime where there is none), and where it is.
  std::int64_t time() const { return encoder_.time(); }
  bool is_expired() const { return encoder_.time() != kNoTime && encoder_.time() < kept_since_; }
  // "sensor_id '7', ts '2017-07-01T00:00:00Z'": the row's key, for people.
  std::string key() const;
  Location where(const std::string& field) const;
  // Of each file; of the whole input where there is none.
  const std::vector<RowFacts>& facts() const { return facts_; }
  void insert_dimensions(Connection& connection, const Log& log) const;

 private:
  bool enter_file();
  void change_file();
  void note_facts();
  std::unique_ptr<RecordReader> reader_;
  std::string ingest_id_;  // of the row's file, where the ledger has it
  CopyPlan plan_;
  RowEncoder encoder_;
  std::vector<std::unique_ptr<Dimension>> dimensions_;
  Record record_;
  std::optional<std::size_t> source_column_;
  const Table& table_;
  const FileColumn* files_;
  std::optional<std::size_t> file_column_;
  std::optional<std::string> file_name_;  // of file_, as the rows have it
  std::size_t file_ = 0;
  bool is_loaded_ = true;
  RowNames* names_;
  bool lacks_numbers_ = false;
  std::uint64_t ahead_ = 0, found_to_ = 0;  // rows; up to which names were asked for
  std::uint64_t position_ = 0;
  std::vector<RowFacts> facts_;
  std::int64_t kept_since_;
  Progress progress_;
};

}  // namespace sp::load
