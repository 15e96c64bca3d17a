// From long to wide: rows that hold one measurement each become rows that hold all measurements of
// the same other columns. The inverse of melting.
//
// Rows come out in the order in which the first measurement of each came in. Some are kept open,
// for measurements that come later; when there are too many, the oldest is written. Memory does not
// grow with the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp-transform/key_sample.h"
#include "sp-transform/reshape.h"
#include "sp-transform/reshaped_rows.h"
#include "sp-transform/step.h"
#include "sp/base/json_text.h"
#include "sp/base/key_hash.h"
#include "sp/schema/spread_columns.h"

namespace sp {

class SpreadRows final : public ReshapedRows {
 public:
  // `reshape` has a spread; both must outlive it.
  SpreadRows(const Reshape& reshape, RecordWriter& writer);
  void set_plan(const std::vector<OutputColumn>& plan) override;
  // A measurement. Throws Error(kDataErr) for a quantity without a column, one in another unit, two
  // values of one quantity in a row, or a row that was written already.
  void add(const RecordReader& reader, const Record& record,
           const std::vector<Cell>& cells) override;
  void finish() override;
  // A Table Schema of the rows that were written, with the units that came, which a header has no
  // place for. With it --melt makes of these rows what they were. Of the other columns it says what
  // `from`, that of the input, does; null: nothing.
  JsonObject schema(const Schema* from) const;
  // Is done once, before the first row is written or where there is none; afterwards a unit of
  // which schema() did not know is an error.
  void before_rows(std::function<void()> act) { before_rows_ = std::move(act); }

 private:
  struct Value {
    std::size_t column;
    std::string text;
    CellKind kind;
    bool encoded;
  };
  struct KeyColumn {
    std::size_t place;                 // of the plan
    std::optional<std::size_t> input;  // of the record
    bool is_integer, is_time;
  };
  struct Row {
    std::string key;            // what the cells that are not measured say, however it is written
    std::string cells;          // these as the first measurement has them, by append_cell()
    std::vector<Value> values;  // those that came, in the order of their columns
  };

  [[noreturn]] void fail_column(const RecordReader& reader, const Record& record) const;
  void check_unit(const RecordReader& reader, const Record& record, std::size_t column);
  Cell value_of(const RecordReader& reader, const Record& record, const Cell& cell,
                std::size_t field);
  void make_key(const Record& record, const std::vector<Cell>& cells);
  Row& find_row(const RecordReader& reader, const Record& record, const std::vector<Cell>& cells);
  void write_oldest();
  void tell();

  const Reshape& reshape_;
  const Spread& spread_;
  SpreadColumns columns_;
  std::vector<std::unique_ptr<Step>> steps_;       // of each field; null: values stay as they are
  std::vector<std::optional<std::string>> units_;  // of each column, where values tell them
  std::vector<std::string> key_names_;
  std::vector<KeyColumn> keys_;
  std::size_t value_ = 0;                   // of the plan
  std::optional<std::size_t> value_input_;  // of the record
  std::size_t quantity_ = 0;                // of the record
  std::optional<std::size_t> unit_;         // of the record
  std::string value_unit_;                  // that the plan gives all values; empty: unit_ tells
  std::string key_, scratch_;               // of the row at hand

  std::vector<Row> ring_;
  std::size_t first_ = 0;  // the oldest open row
  std::size_t open_ = 0;
  KeyViewMap<std::size_t> index_;  // keys of open rows
  std::size_t last_ = 0;           // the row of the last measurement
  KeySample gone_;                 // keys of rows that were written to make room
  std::vector<Cell> cells_;
  std::function<void()> before_rows_;
  bool is_told_ = false;  // before_rows_ is done
};

}  // namespace sp
