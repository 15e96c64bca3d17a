// Everything that can be wrong with a row, compiled from a schema to a flat list of columns.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sp-validate/column.h"
#include "sp-validate/keys.h"
#include "sp-validate/violation.h"
#include "sp/schema/columns_after.h"
#include "sp/schema/composite_time.h"
#include "sp/schema/schema.h"
#include "sp/schema/spread_columns.h"
#include "sp/table/columns.h"
#include "sp/table/record.h"

namespace sp {

enum class Verdict {
  kValid,
  kRejected,
  kLeftOut  // the schema does not mean such rows
};

class RowChecker {
 public:
  // `schema` and `log` must outlive the checker. Throws Error(kConfig) for constraints that make no
  // sense.
  RowChecker(const Schema& schema, ViolationLog& log);
  // The input that the next rows are of; must come first. `columns` must outlive the input's rows.
  void set_input(const std::string& name, const Columns& columns);
  // Logs each violation. A valid row may have values that are missing for the schema (blanks()).
  [[gnu::always_inline]] inline Verdict check(const Record& record) {
    const std::uint64_t before = log_.total();
    if (!has_shape(record) && !check_shape(record)) {
      log_.end_row(sensor_of(false));
      return Verdict::kRejected;
    }
    if (!filters_.empty() && !is_kept(record)) return Verdict::kLeftOut;
    forgiven_ = 0;
    for (CheckedColumn& column : columns_) check_column(record, column);
    if (!times_.empty()) check_times(record);
    if (spread_) check_spread(record);
    if (!keys_.empty()) keys_.check(record, log_.total() == before + forgiven_);
    if (log_.total() == before) return Verdict::kValid;
    log_.end_row(subject_of(record));
    return log_.total() == before + forgiven_ ? Verdict::kValid : Verdict::kRejected;
  }
  // Whether values may be missing because they are not valid, and whether that of column `index`
  // is, in the row that was checked last.
  bool may_blank() const { return may_blank_; }
  bool blanks(std::size_t index, const Record& record) const {
    const CheckedColumn* const column = by_index_[index];
    return column != nullptr && column->field().invalid_is_missing &&
           column->failed_row == record.row();
  }
  // How a missing value of column `index` is written in CSV.
  std::string_view missing_text(std::size_t index) const {
    return by_index_[index]->missing.text();
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
      if (!rule.check(rule, column.value)) fail_rule(record, column, rule, column.label);
    }
  }
  void check_uncommon(const Record& record, CheckedColumn& column, std::string_view text,
                      CellKind kind);
  // A date-time that sp-transform puts together from parts must exist as well as they do.
  void check_times(const Record& record);
  void set_times(const Columns& columns);
  void add_time(const Field& field, const std::vector<TimePart>& parts,
                const std::vector<const CheckedColumn*>& melted);
  std::map<std::string, std::vector<const CheckedColumn*>> melted_by_zone() const;
  // A value that sp-transform puts into a column of its quantity must be of one, and keep its
  // constraints.
  void check_spread(const Record& record);
  void set_spread(const Schema& schema);
  void tell(const SchemaColumn& column);
  Subject subject_of(const Record& record);
  Subject sensor_of(bool is_read) const;
  std::string time_of(const Record& record);
  void fail_cells(const Record& record);
  void fail_required(const Record& record, CheckedColumn& column, std::string_view text);
  void fail_type(const Record& record, CheckedColumn& column, std::string_view text);
  // `label` is what the message calls the column.
  void fail_rule(const Record& record, CheckedColumn& column, const Rule& rule,
                 const std::string& label);
  void fail_choice(const Record& record, CheckedColumn& column, const std::string& message);
  // Whether the value becomes missing instead.
  bool is_forgiven(const Record& record, CheckedColumn& column);
  bool is_kept(const Record& record) const;
  void fail_row(const Record& record, const char* code, std::string message);

  struct DerivedTime {
    Field field;
    CompositeTime time;
    std::vector<std::size_t> parts;  // columns of the input
    // The columns whose rows have it where they are melted; none: it is in all rows.
    std::vector<const CheckedColumn*> melted;
  };

  const Schema& schema_;
  ViolationLog& log_;
  std::vector<CheckedColumn> columns_;  // one for each field
  Keys keys_;
  std::vector<CheckedColumn*> by_index_;  // of each column of the input; null: no field
  struct Told {
    const CheckedColumn* column;  // null: the constant says it
    Role role;
    bool is_integer;
    std::string constant;
  };
  std::vector<Told> told_;          // what says whose a row is
  bool is_of_one_ = true;           // or a row's columns are each of another sensor
  std::vector<DerivedTime> times_;  // of the input at hand
  struct SpreadCheck {
    SpreadColumns columns;
    std::vector<CheckedColumn> fields;  // of spread, for their rules
    CheckedColumn* names;
    CheckedColumn* values;
    CheckedColumn* units;  // null: none
  };
  std::optional<SpreadCheck> spread_;
  struct Filter {
    std::size_t index;
    const std::vector<std::string>& texts;
  };
  std::vector<Filter> filters_;  // of the input at hand
  bool may_blank_ = false;
  std::uint64_t forgiven_ = 0;  // violations of the row whose values are missing instead
  const Columns* header_ = nullptr;
  std::size_t width_ = 0;  // of the header
};

}  // namespace sp
