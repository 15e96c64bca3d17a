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
#include "sp-load/copy/row_numbers.h"
#include "sp/stream/progress.h"

namespace sp::load {

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
  BadText bad_text;
  bool progress;
};

class RowPass {
 public:
  // Opens the input and matches its columns. Throws Error(kDataErr) where they do not fit the
  // table, or do not tell the file of each row.
  explicit RowPass(const RowSource& from);
  // Appends the next row to `out`; false at the end. Throws Error(kDataErr) for a bad row.
  bool next(CopyBuffer& out);
  // The two halves of it: goes to the next row of a file that is loaded; appends that row, and
  // takes note of it. Throws Error(kDataErr) for a row of no file.
  bool advance();
  void encode(CopyBuffer& out);
  const CopyPlan& plan() const { return plan_; }
  const RecordReader& reader() const { return *reader_; }
  const Record& record() const { return record_; }
  // Of the row among those that advance() brought, from 1; and the number of its file.
  std::uint64_t position() const { return position_; }
  std::size_t file() const { return file_; }
  // The value of its column ingest_id, where that comes from the ledger.
  const std::string& ingest_id() const { return plan_.columns[*plan_.ingest].constant; }
  // The row that was appended last: its time (kNoTime where there is none), and where it is.
  std::int64_t time() const { return encoder_.time(); }
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
  std::uint64_t position_ = 0;
  std::vector<RowFacts> facts_;
  Progress progress_;
};

}  // namespace sp::load
