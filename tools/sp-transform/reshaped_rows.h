// Rows that are made of the input's, where these are not written as they are.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sp-transform/plan.h"
#include "sp/table/record.h"
#include "sp/table/record_reader.h"
#include "sp/table/record_writer.h"

namespace sp {

class ReshapedRows {
 public:
  virtual ~ReshapedRows() = default;
  // The columns of the next rows; must come first, and outlive them.
  virtual void set_plan(const std::vector<OutputColumn>& plan) = 0;
  // The plan's cells, and the record that they are from. Throws Error(kDataErr).
  virtual void add(const RecordReader& reader, const Record& record,
                   const std::vector<Cell>& cells) = 0;
  // Writes what was kept for rows that might have come.
  virtual void finish() {}
  std::uint64_t rows() const { return rows_; }

 protected:
  explicit ReshapedRows(RecordWriter& writer) : writer_(writer) {}
  void write(const std::vector<Cell>& cells) {
    writer_.write(cells);
    ++rows_;
  }
  static bool has_value(const Cell& cell) {
    return !cell.text.empty() && !(cell.encoded && cell.text == "\"\"");
  }

 private:
  RecordWriter& writer_;
  std::uint64_t rows_ = 0;
};

// A row for each value that is there: the other columns, its name, itself and, where `has_units`,
// its unit. `writer` must outlive it.
std::unique_ptr<ReshapedRows> melted_rows(bool has_units, RecordWriter& writer);

}  // namespace sp
