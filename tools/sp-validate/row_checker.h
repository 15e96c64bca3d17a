// Everything that can be wrong with a row, compiled from a schema to a flat list of columns.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sp-validate/key_set.h"
#include "sp-validate/violation.h"
#include "sp/base/key_hash.h"
#include "sp/schema/composite_time.h"
#include "sp/schema/missing_values.h"
#include "sp/schema/schema.h"
#include "sp/table/columns.h"
#include "sp/table/record.h"
#include "sp/value/rule.h"
#include "sp/value/value.h"

namespace sp {

class RowChecker {
 public:
  // `schema` and `log` must outlive the checker. Throws Error(kConfig) for constraints that make no
  // sense.
  RowChecker(const Schema& schema, ViolationLog& log);
  // The input that the next rows are of; must come first. Keys are kept over all inputs. `columns`
  // must outlive the input's rows.
  void set_input(const std::string& name, const Columns& columns);
  // True where the row is valid. Logs each violation.
  bool check(const Record& record) {
    const std::uint64_t before = log_.total();
    if (!has_shape(record) && !check_shape(record)) return false;
    for (Column& column : columns_) check_column(record, column);
    if (!times_.empty()) check_times(record);
    if (!keys_.empty() || !references_.empty()) check_keys(record, before);
    return log_.total() == before;
  }
  // After the last row: logs foreign keys that no row has. Their rows have passed, so the input as
  // a whole is wrong; the result says why, or is empty.
  std::string finish();
  // How a cell of column `index` is written where the output's format tells kinds and the input's
  // did not.
  CellKind kind_of(std::size_t index, std::string_view text, CellKind kind) const;

 private:
  struct Column {
    Column(const Field& field, const Schema& schema);
    // Nothing can be wrong with it, and nobody will use it.
    bool is_idle() const;
    std::size_t index = kNone;  // in the row
    bool required;
    bool is_in_key = false;   // of any kind
    bool is_present = false;  // in the row at hand: there, and of its type
    MissingValues missing;
    ValueReader reader;
    std::vector<Rule> rules;
    SafeInterval safe;  // nearly every number is in it, and no rule has to be asked
    Value value;
    std::uint64_t failed_row = 0;  // the last of the input in which it was wrong
    std::string label;             // what messages call it
  };
  enum class KeyKind { kUnique, kUniqueKey, kPrimary };
  // A field's `unique`, one of `uniqueKeys`, or the primary key. Keys of rejected rows are not
  // kept, so that a bad row does not take its good twin along.
  struct Key {
    std::vector<std::size_t> columns;
    KeyKind kind = KeyKind::kUnique;
    KeySet seen;
    std::string current;  // of the row at hand; empty: none
  };
  // Where a key was used that no row had so far.
  struct Use {
    KeyOrigin origin;
    std::uint64_t line = 0;
    std::string shown;
  };
  // A foreign key. What it refers to may come later, in a row of the same input or a later one.
  struct Reference {
    std::vector<std::size_t> columns, referenced;
    KeySet there;
    KeyMap<std::vector<Use>> open;
    std::string current;
  };
  static constexpr std::size_t kNone = SIZE_MAX;

  void add_keys();
  void add_key(const std::vector<std::string>& names, KeyKind kind);
  void add_reference(const ForeignKey& key, std::size_t index);
  std::vector<std::size_t> key_columns(const std::vector<std::string>& names);
  bool has_shape(const Record& record) const {
    return record.defect().empty() && record.size() == header_->size() && record.size() > 0 &&
           !record[0].empty();
  }
  bool check_shape(const Record& record);
  void check_column(const Record& record, Column& column) {
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
  void check_uncommon(const Record& record, Column& column, std::string_view text, CellKind kind);
  // A date-time that sp-transform puts together from parts must exist as well as they do.
  void check_times(const Record& record);
  void set_times(const Columns& columns);
  void check_keys(const Record& record, std::uint64_t before);
  void check_reference(const Record& record, Reference& reference);
  bool make_key(const std::vector<std::size_t>& columns, std::string& key) const;
  std::string values_of(const std::vector<std::size_t>& columns) const;
  void fail_cells(const Record& record);
  void fail_required(const Record& record, Column& column, std::string_view text);
  void fail_type(const Record& record, Column& column, std::string_view text);
  void fail_rule(const Record& record, Column& column, const Rule& rule);
  void fail_key(const Record& record, const Key& key, KeyOrigin first);
  void fail_row(const Record& record, const char* code, std::string message);

  struct DerivedTime {
    const Field& field;
    CompositeTime time;
    std::vector<std::size_t> parts;  // columns of the input
  };

  const Schema& schema_;
  ViolationLog& log_;
  std::vector<Column> columns_;  // one for each field
  std::vector<Key> keys_;
  std::vector<Reference> references_;
  std::vector<Column*> by_index_;   // of each column of the input; null: no field
  std::vector<DerivedTime> times_;  // of the input at hand
  const Columns* header_ = nullptr;
  std::vector<std::string> inputs_;
};

}  // namespace sp
