// Everything that can be wrong with a row, compiled from a schema to a flat list of columns.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sp-validate/column.h"
#include "sp-validate/keys.h"
#include "sp-validate/violation.h"
#include "sp/schema/composite_time.h"
#include "sp/schema/schema.h"
#include "sp/table/columns.h"
#include "sp/table/record.h"

namespace sp {

class RowChecker {
 public:
  // `schema` and `log` must outlive the checker. Throws Error(kConfig) for constraints that make no
  // sense.
  RowChecker(const Schema& schema, ViolationLog& log);
  // The input that the next rows are of; must come first. `columns` must outlive the input's rows.
  void set_input(const std::string& name, const Columns& columns);
  // True where the row is valid. Logs each violation.
  bool check(const Record& record) {
    const std::uint64_t before = log_.total();
    if (!has_shape(record) && !check_shape(record)) {
      log_.end_row({});
      return false;
    }
    for (CheckedColumn& column : columns_) check_column(record, column);
    if (!times_.empty()) check_times(record);
    if (!keys_.empty()) keys_.check(record, log_.total() == before);
    if (log_.total() == before) return true;
    log_.end_row(subject_of(record));
    return false;
  }
  // After the last row of inputs whose keys bind one another; see Keys::finish().
  std::string finish() { return keys_.finish(); }
  // A valid cell of column `index` in the other format: NDJSON, which tells kinds, or CSV, whose
  // texts must be those that the schema takes.
  Cell as_json(std::size_t index, std::string_view text, CellKind kind) const;
  Cell as_csv(std::size_t index, std::string_view text, CellKind kind) const;

 private:
  bool has_shape(const Record& record) const {
    return record.defect().empty() && record.size() == width_ && record.size() > 0 &&
           !record[0].empty();
  }
  bool check_shape(const Record& record);
  void check_column(const Record& record, CheckedColumn& column) {
    column.is_present = false;
    if (column.index >= record.size()) return;
    const std::string_view text = record[column.index];
    const CellKind kind = record.kind(column.index);
    if (column.missing.contains(text, kind)) {
      if (column.required) fail_required(record, column, text);
      return;
    }
    if (!column.reader.read_common(text, kind, column.value)) {
      return check_uncommon(record, column, text, kind);
    }
    column.is_present = true;
    if (column.safe.contains(column.value.number)) return;
    for (const Rule& rule : column.rules) {
      if (!rule.check(rule, column.value)) fail_rule(record, column, rule);
    }
  }
  void check_uncommon(const Record& record, CheckedColumn& column, std::string_view text,
                      CellKind kind);
  // A date-time that sp-transform puts together from parts must exist as well as they do.
  void check_times(const Record& record);
  void set_times(const Columns& columns);
  Subject subject_of(const Record& record);
  std::string time_of(const Record& record);
  void fail_cells(const Record& record);
  void fail_required(const Record& record, CheckedColumn& column, std::string_view text);
  void fail_type(const Record& record, CheckedColumn& column, std::string_view text);
  void fail_rule(const Record& record, CheckedColumn& column, const Rule& rule);
  void fail_row(const Record& record, const char* code, std::string message);

  struct DerivedTime {
    const Field& field;
    CompositeTime time;
    std::vector<std::size_t> parts;  // columns of the input
  };

  const Schema& schema_;
  ViolationLog& log_;
  std::vector<CheckedColumn> columns_;  // one for each field
  Keys keys_;
  std::vector<CheckedColumn*> by_index_;  // of each column of the input; null: no field
  std::string source_;                    // of all rows; empty: a column has it, or none
  std::vector<DerivedTime> times_;        // of the input at hand
  const Columns* header_ = nullptr;
  std::size_t width_ = 0;  // of the header
};

}  // namespace sp
