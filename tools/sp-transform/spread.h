// From long to wide: rows that hold one measurement each become rows that hold all measurements of
// the same other columns. The inverse of --melt.
//
// Rows come out in the order in which the first measurement of each came in. Some are kept open,
// for measurements that come later; when there are too many, the oldest is written. Memory does not
// grow with the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sp-transform/plan.h"
#include "sp/base/json_text.h"
#include "sp/base/key_hash.h"
#include "sp/table/record.h"
#include "sp/table/record_reader.h"
#include "sp/table/record_writer.h"

namespace sp {

class Spread {
 public:
  // `quantities` become columns. `writer` must outlive it. Throws Error(kUsage) for no open rows.
  Spread(std::vector<std::string> quantities, std::size_t most_open, RecordWriter& writer);
  // The names of the output's columns.
  Columns columns(const std::vector<OutputColumn>& plan) const;
  // The columns of the next rows; must come first.
  void set_plan(const std::vector<OutputColumn>& plan);
  // A measurement: the plan's cells, and the record that they are from. Throws Error(kDataErr) for
  // a quantity without a column, one in two units, or two values of one quantity in a row.
  void add(const RecordReader& reader, const Record& record, const std::vector<Cell>& cells);
  // Writes what is open.
  void finish();
  std::uint64_t rows() const { return written_; }
  // A Table Schema of the rows that were written, with the units that came, which a header has no
  // place for. With it --melt makes of these rows what they were. Of the other columns it says what
  // `from`, that of the input, does; null: nothing.
  JsonObject schema(const Schema* from) const;

 private:
  struct Value {
    std::string text;
    CellKind kind = CellKind::kNull;
    bool is_there = false;
    bool encoded = false;
  };
  struct Row {
    std::string key;  // the cells that are not measured, as append_key() writes them
    std::vector<Value> values;
  };

  std::size_t column_of(const RecordReader& reader, const Record& record);
  std::string_view unit_of(const Record& record) const;
  void check_unit(const RecordReader& reader, const Record& record, std::size_t quantity);
  Row& find_row();
  void write_oldest();

  std::vector<std::string> quantities_;
  std::vector<std::string> units_;  // of each quantity; empty: none came yet
  std::vector<bool> has_unit_;
  RecordWriter& writer_;
  std::vector<std::string> key_names_;
  std::vector<std::size_t> keys_;    // of the plan
  std::size_t value_ = 0;            // of the plan
  std::size_t quantity_ = 0;         // of the record
  std::optional<std::size_t> unit_;  // of the record
  std::string value_unit_;           // that the plan gives all values; empty: unit_ tells
  std::string key_;                  // of the row at hand

  std::vector<Row> ring_;
  std::size_t first_ = 0;  // the oldest open row
  std::size_t open_ = 0;
  KeyViewMap<std::size_t> index_;  // keys of open rows
  std::size_t last_ = 0;           // the row of the last measurement
  std::vector<Cell> cells_;
  std::uint64_t written_ = 0;
};

}  // namespace sp
