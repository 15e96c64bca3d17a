// One reading of an input from its first row to its last: rows for COPY come out, and what the rows
// say about dimensions, times and their publisher is kept.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dimension.h"
#include "input.h"
#include "row_encoder.h"
#include "sp/tool.h"

namespace sp::load {

struct DimensionTarget {
  DimensionSpec spec;
  Table table;
};

// What a reading goes by.
struct RowSource {
  Input& input;
  const Table& table;
  std::optional<std::string> ingest_id;
  const std::vector<DimensionTarget>& dimensions;  // empty but for the first input
  BadText bad_text;
  bool progress;
};

// In microseconds since 2000-01-01T00:00:00Z.
struct TimeRange {
  std::optional<std::int64_t> first, last;
  void add(std::int64_t micros) {
    if (!first || micros < *first) first = micros;
    if (!last || micros > *last) last = micros;
  }
};

struct RowFacts {
  std::uint64_t rows = 0;
  TimeRange times;     // of the plan's time
  std::string source;  // the first row's column `source`
};

class RowPass {
 public:
  // Opens the input and matches its columns. Throws Error(kDataErr) where they do not fit the
  // table.
  explicit RowPass(const RowSource& from);
  // Appends the next row to `out`; false at the end. Throws Error(kDataErr) for a bad row.
  bool next(CopyBuffer& out);
  // The two halves of it: goes to the next row; appends that row, and takes note of it.
  bool advance();
  void encode(CopyBuffer& out);
  const CopyPlan& plan() const { return plan_; }
  const RecordReader& reader() const { return *reader_; }
  const Record& record() const { return record_; }
  // Of the row, from 1.
  std::uint64_t position() const { return position_; }
  // The row that was appended last: its time (kNoTime where there is none), and where it is.
  std::int64_t time() const { return encoder_.time(); }
  Location where(const std::string& field) const { return reader_->locate(record_, field); }
  const RowFacts& facts() const { return facts_; }
  void insert_dimensions(Connection& connection, const Log& log) const;

 private:
  void note_facts();
  std::unique_ptr<RecordReader> reader_;
  CopyPlan plan_;
  RowEncoder encoder_;
  std::vector<std::unique_ptr<Dimension>> dimensions_;
  Record record_;
  std::optional<std::size_t> source_column_;
  std::uint64_t position_ = 0;
  RowFacts facts_;
  Progress progress_;
};

}  // namespace sp::load
