#include "sp-validate/row_checker.h"

#include <algorithm>

#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"
#include "sp/schema/derived.h"
#include "sp/schema/header_check.h"
#include "sp/unit/formula.h"

namespace sp {
namespace {

void compile(CheckedColumn& column, const Schema& schema, const std::string& pointer) {
  try {
    column.rules = compile_rules(column.reader);
    column.safe = safe_interval(column.reader, column.rules);
  } catch (const Error& error) {
    const std::string what = error.what();
    throw Error(ExitCode::kConfig,
                pointer + (what.starts_with("categories") ? "/" : "/constraints/") + what,
                {schema.file, 0, 0, column.field().name});
  }
}

// What sp-transform makes of the numbers of `source` in another column must be numbers there, too.
void add_unit_rules(const Field& source, const Field& made, CheckedColumn& column) {
  Field field;
  field.type = source.type;
  field.unit = source.unit;
  field.target_unit = made.target_unit;
  field.gas = made.gas;
  ValueReader reader(field);
  for (Rule& rule : compile_rules(reader)) column.rules.push_back(std::move(rule));
  column.safe = safe_interval(column.reader, column.rules);
}

// Rules point at their column's reader, so the columns must stay where they are.
std::vector<CheckedColumn> columns_of(const Schema& schema) {
  std::vector<CheckedColumn> columns;
  columns.reserve(schema.fields.size());
  for (const Field& field : schema.fields) {
    CheckedColumn& column = columns.emplace_back(field, schema);
    compile(column, schema, "/fields/" + std::to_string(columns.size() - 1));
  }
  for (const Derived& derived : schema.derived) {
    if (derived.formula != kCopyFormula) continue;
    const Field* const source = schema.find_source(derived.inputs[0].column);
    const auto index = static_cast<std::size_t>(source - schema.fields.data());
    add_unit_rules(*source, derived.field, columns[index]);
  }
  return columns;
}

}  // namespace

RowChecker::RowChecker(const Schema& schema, ViolationLog& log)
    : schema_(schema), log_(log), columns_(columns_of(schema)), keys_(schema, columns_, log) {
  may_blank_ = std::any_of(schema.fields.begin(), schema.fields.end(),
                           [](const Field& field) { return field.invalid_is_missing; });
  if (schema.spread) set_spread(schema);
  for (const SchemaColumn& column : transformed_columns(schema)) {
    if (column.field.role == Role::kKey) log_.tell_subjects();
    tell(column);
  }
}

void RowChecker::set_input(const std::string& name, const Columns& columns) {
  keys_.set_input(name);
  header_ = &columns;
  width_ = columns.size();
  by_index_.assign(columns.size(), nullptr);
  const auto mapping = map_fields(schema_, columns);
  filters_.clear();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].failed_row = 0;
    columns_[i].index =
        columns_[i].is_idle() ? CheckedColumn::kNone : mapping[i].value_or(CheckedColumn::kNone);
    if (!mapping[i]) continue;
    by_index_[*mapping[i]] = &columns_[i];
    const std::vector<std::string>& kept = columns_[i].field().keep_values;
    if (!kept.empty()) filters_.push_back({*mapping[i], kept});
    if (columns_[i].field().name.empty()) {
      columns_[i].label = "column " + std::to_string(*mapping[i] + 1);
    }
  }
  set_times(columns);
}

void RowChecker::set_spread(const Schema& schema) {
  const auto column = [&](const std::string& name) {
    return &*std::find_if(columns_.begin(), columns_.end(), [&](const CheckedColumn& one) {
      return one.field().role != Role::kIgnore && one.field().target_name() == name;
    });
  };
  const Spread& spread = *schema.spread;
  spread_.emplace(SpreadCheck{SpreadColumns(spread),
                              {},
                              column(spread.names),
                              column(spread.values),
                              spread.units.empty() ? nullptr : column(spread.units)});
  spread_->fields.reserve(spread.fields.size());
  for (const SpreadField& field : spread.fields) {
    CheckedColumn& made = spread_->fields.emplace_back(field.field, schema);
    compile(made, schema, "/spread/fields/" + std::to_string(spread_->fields.size() - 1));
    const Field& values = spread_->values->field();
    if (values.unit.empty()) continue;
    // The bounds are those of what is in the file, and not of what the field of the values becomes.
    std::erase_if(made.rules, [](const Rule& rule) {
      return std::string_view(rule.type->name) == kTargetUnit;
    });
    add_unit_rules(values, field.field, made);
  }
}

void RowChecker::check_spread(const Record& record) {
  const auto is_told = [&](const CheckedColumn* column) {
    return column != nullptr &&
           (column->index >= record.size() || column->failed_row == record.row());
  };
  CheckedColumn &names = *spread_->names, &values = *spread_->values;
  CheckedColumn* const units = spread_->units;
  if (is_told(&names) || is_told(units)) return;
  const std::string_view name = record[names.index];
  if (!spread_->columns.has(name)) return fail_choice(record, names, "is no field of spread");
  if (!values.is_present) return;
  const std::string_view unit = units != nullptr ? record[units->index] : std::string_view();
  const std::size_t field = spread_->columns.find(name, unit);
  if (field == SpreadColumns::kNone) {
    return fail_choice(record, *units,
                       "is not the unit of " + excerpt(name) +
                           " in spread; its unitText says how the file writes it");
  }
  const CheckedColumn& made = spread_->fields[field];
  for (const Rule& rule : made.rules) {
    if (!rule.check(rule, values.value)) fail_rule(record, values, rule, made.label);
  }
}

bool RowChecker::is_kept(const Record& record) const {
  return std::all_of(filters_.begin(), filters_.end(), [&](const Filter& filter) {
    return filter.index >= record.size() || std::find(filter.texts.begin(), filter.texts.end(),
                                                      record[filter.index]) != filter.texts.end();
  });
}

Cell RowChecker::as_json(std::size_t index, std::string_view text, CellKind kind) const {
  const CheckedColumn* const column = by_index_[index];
  if (kind != CellKind::kText || !column) return {text, kind};
  switch (column->field().type) {
    case FieldType::kInteger:
    case FieldType::kNumber:
    case FieldType::kYear:
      return {text, text.empty() ? CellKind::kNull : CellKind::kText};
    case FieldType::kBoolean:
      if (text.empty()) return {text, CellKind::kNull};
      return {text, text == "true" || text == "false" ? CellKind::kBoolean : CellKind::kString};
    case FieldType::kAny:
      return {text, CellKind::kText};
    default:
      return {text, text.empty() && column->missing.contains(text, kind) ? CellKind::kNull
                                                                         : CellKind::kString};
  }
}

Cell RowChecker::as_csv(std::size_t index, std::string_view text, CellKind kind) const {
  const CheckedColumn* const column = by_index_[index];
  if (!column) return {text, kind};
  if (kind == CellKind::kNull) return {column->missing.text(), kind};
  if (kind == CellKind::kBoolean && column->field().type == FieldType::kBoolean) {
    const bool is_true = text == "true";
    const auto& words = is_true ? column->field().true_values : column->field().false_values;
    if (std::find(words.begin(), words.end(), text) == words.end()) return {words.front(), kind};
  }
  return {text, kind};
}

// A value that is special, or wrong.
void RowChecker::check_uncommon(const Record& record, CheckedColumn& column, std::string_view text,
                                CellKind kind) {
  if (!column.reader.read_special(text, kind, column.value)) {
    return fail_type(record, column, text);
  }
  column.is_present = true;
  for (const Rule& rule : column.rules) {
    if (!rule.check(rule, column.value)) fail_rule(record, column, rule, column.label);
  }
}

// Called for rows that may be out of shape. False where there are no cells to look at.
bool RowChecker::check_shape(const Record& record) {
  if (!record.defect().empty()) {
    fail_row(record, "source-error", std::string(record.defect()));
    return false;
  }
  if (is_blank(record)) {
    fail_row(record, "blank-row", "the row is blank");
    return false;
  }
  if (record.size() != header_->size()) fail_cells(record);
  return true;
}

// Cells are named one by one only as far as a person would read them: a stranger's row may have a
// million too many, and each would make a line of the log.
void RowChecker::fail_cells(const Record& record) {
  constexpr std::size_t kMostNamed = 100;
  const std::size_t there = record.size(), wanted = header_->size();
  const std::string message =
      "the row has " + counted(there, "cell") + " for " + counted(wanted, "column");
  for (std::size_t i = there; i < std::min(wanted, there + kMostNamed); ++i) {
    Violation violation = violation_at(record, "missing-cell");
    violation.field = (*header_)[i];
    violation.has_value = false;
    violation.message = message;
    log_.add(violation);
  }
  for (std::size_t i = wanted; i < std::min(there, wanted + kMostNamed); ++i) {
    Violation violation = violation_at(record, "extra-cell");
    violation.has_field = false;
    violation.value = record[i];
    violation.message = message;
    log_.add(violation);
  }
}

void RowChecker::fail_row(const Record& record, const char* code, std::string message) {
  Violation violation = violation_at(record, code);
  violation.has_field = violation.has_value = false;
  violation.message = std::move(message);
  log_.add(violation);
}

void RowChecker::fail_required(const Record& record, CheckedColumn& column, std::string_view text) {
  column.failed_row = record.row();
  Violation violation = violation_at(record, "constraint-error");
  violation.field = column.reader.field().name;
  violation.constraint = "required";
  violation.value = text;
  violation.message = column.label + " is missing but required";
  log_.add(violation);
}

bool RowChecker::is_forgiven(const Record& record, CheckedColumn& column) {
  column.failed_row = record.row();
  if (!column.field().invalid_is_missing) return false;
  column.is_present = false;
  ++forgiven_;
  return true;
}

void RowChecker::fail_type(const Record& record, CheckedColumn& column, std::string_view text) {
  Violation violation = violation_at(record, "type-error");
  violation.is_forgiven = is_forgiven(record, column);
  violation.field = column.reader.field().name;
  violation.value = text;
  violation.message = column.label + " " + excerpt(text) + " " + column.reader.explain(text);
  log_.add(violation);
}

void RowChecker::fail_rule(const Record& record, CheckedColumn& column, const Rule& rule,
                           const std::string& label) {
  Violation violation = violation_at(record, "constraint-error");
  violation.is_forgiven = is_forgiven(record, column);
  violation.field = column.reader.field().name;
  violation.constraint = rule.type->name;
  violation.value = column.value.text;
  violation.message = label + " " + shown(column.reader.field().type, column.value.text) + " " +
                      explain(rule, column.value);
  log_.add(violation);
}

void RowChecker::fail_choice(const Record& record, CheckedColumn& column,
                             const std::string& message) {
  Violation violation = violation_at(record, "constraint-error");
  violation.field = column.field().name;
  violation.constraint = "enum";
  violation.value = record[column.index];
  violation.message = column.label + " " + excerpt(violation.value) + " " + message;
  log_.add(violation);
}

}  // namespace sp
