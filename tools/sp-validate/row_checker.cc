#include "row_checker.h"

#include <algorithm>

#include "header_check.h"
#include "sp/diagnostic.h"
#include "sp/excerpt.h"

namespace sp {
namespace {

bool is_text(FieldType type) { return type == FieldType::kString || type == FieldType::kAny; }

// A value that was understood cannot mislead, so only texts and monsters are quoted.
std::string shown(FieldType type, std::string_view text) {
  return is_text(type) || text.size() > 60 ? excerpt(text) : std::string(text);
}

Violation violation_at(const Record& record, const char* code) {
  Violation violation;
  violation.row = record.row();
  violation.line = record.line();
  violation.code = code;
  return violation;
}

bool is_blank(const Record& record) {
  for (std::size_t i = 0; i < record.size(); ++i) {
    if (!record.encoded(i).empty()) return false;
  }
  return true;
}

bool is_in(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

RowChecker::Column::Column(const Field& field, const Schema& schema)
    : required(field.constraints.required || is_in(schema.primary_key, field.name)),
      missing(field.missing_values ? *field.missing_values : schema.missing_values),
      reader(field),
      label(field.name) {}

bool RowChecker::Column::is_idle() const {
  const Field& field = reader.field();
  return field.role == Role::kIgnore && field.type == FieldType::kAny && !required &&
         !field.constraints.unique && rules.empty();
}

RowChecker::RowChecker(const Schema& schema, ViolationLog& log) : schema_(schema), log_(log) {
  columns_.reserve(schema.fields.size());  // rules point at their column's reader
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    Column& column = columns_.emplace_back(schema.fields[i], schema);
    try {
      column.rules = compile_rules(column.reader);
      column.safe = safe_interval(column.reader, column.rules);
    } catch (const Error& error) {
      const std::string pointer = "/fields/" + std::to_string(i) + "/constraints/";
      throw Error(ExitCode::kConfig, pointer + error.what(),
                  {schema.file, 0, 0, schema.fields[i].name});
    }
    if (schema.fields[i].constraints.unique) add_key({i}, false);
  }
  std::vector<std::size_t> primary;
  for (const std::string& name : schema.primary_key) {
    const auto is_named = [&](const Field& field) { return field.name == name; };
    const auto at = std::find_if(schema.fields.begin(), schema.fields.end(), is_named);
    primary.push_back(static_cast<std::size_t>(at - schema.fields.begin()));
  }
  if (!primary.empty()) add_key(std::move(primary), true);
}

void RowChecker::add_key(std::vector<std::size_t> columns, bool is_primary) {
  Key& key = keys_.emplace_back();
  key.columns = std::move(columns);
  key.is_primary = is_primary;
}

void RowChecker::set_input(const std::string& name, const Columns& columns) {
  inputs_.push_back(name);
  header_ = &columns;
  by_index_.assign(columns.size(), nullptr);
  const auto mapping = map_fields(schema_, columns);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].index = columns_[i].is_idle() ? kNone : mapping[i].value_or(kNone);
    if (!mapping[i]) continue;
    by_index_[*mapping[i]] = &columns_[i];
    if (columns_[i].label.empty()) columns_[i].label = "column " + std::to_string(*mapping[i] + 1);
  }
}

CellKind RowChecker::kind_of(std::size_t index, std::string_view text, CellKind kind) const {
  const Column* const column = by_index_[index];
  if (kind != CellKind::kText || !column) return kind;
  switch (column->reader.field().type) {
    case FieldType::kInteger:
    case FieldType::kNumber:
      return text.empty() ? CellKind::kNull : CellKind::kText;
    case FieldType::kBoolean:
      if (text.empty()) return CellKind::kNull;
      return text == "true" || text == "false" ? CellKind::kBoolean : CellKind::kString;
    case FieldType::kAny:
      return CellKind::kText;
    default:
      return text.empty() && column->missing.contains(text, kind) ? CellKind::kNull
                                                                  : CellKind::kString;
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

void RowChecker::fail_cells(const Record& record) {
  const std::string message = "the row has " + std::to_string(record.size()) +
                              " cells where the header has " + std::to_string(header_->size());
  for (std::size_t i = record.size(); i < header_->size(); ++i) {
    Violation violation = violation_at(record, "missing-cell");
    violation.field = (*header_)[i];
    violation.has_value = false;
    violation.message = message;
    log_.add(violation);
  }
  for (std::size_t i = header_->size(); i < record.size(); ++i) {
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

void RowChecker::fail_required(const Record& record, const Column& column, std::string_view text) {
  Violation violation = violation_at(record, "constraint-error");
  violation.field = column.reader.field().name;
  violation.constraint = "required";
  violation.value = text;
  violation.message = column.label + " is missing but required";
  log_.add(violation);
}

void RowChecker::fail_type(const Record& record, const Column& column, std::string_view text) {
  Violation violation = violation_at(record, "type-error");
  violation.field = column.reader.field().name;
  violation.value = text;
  violation.message = column.label + " " + excerpt(text) + " " + column.reader.explain(text);
  log_.add(violation);
}

void RowChecker::fail_rule(const Record& record, const Column& column, const Rule& rule) {
  Violation violation = violation_at(record, "constraint-error");
  violation.field = column.reader.field().name;
  violation.constraint = rule.type->name;
  violation.value = column.value.text;
  violation.message = column.label + " " + shown(column.reader.field().type, column.value.text) +
                      " " + explain(rule);
  log_.add(violation);
}

// False where the row has no such key because a cell of it is missing or wrong.
bool RowChecker::make_key(Key& key) const {
  key.current.clear();
  for (const std::size_t i : key.columns) {
    if (!columns_[i].is_present) {
      key.current.clear();
      return false;
    }
    columns_[i].reader.append_key(columns_[i].value, key.current);
  }
  return true;
}

void RowChecker::check_keys(const Record& record, std::uint64_t before) {
  for (Key& key : keys_) {
    if (!make_key(key)) continue;
    if (const auto first = key.seen.find(key.current)) fail_key(record, key, *first);
  }
  if (log_.total() != before) return;
  const auto file = static_cast<std::uint32_t>(inputs_.size() - 1);
  for (Key& key : keys_) {
    if (!key.current.empty()) key.seen.insert(key.current, {file, record.row()});
  }
}

void RowChecker::fail_key(const Record& record, const Key& key, KeyOrigin first) {
  std::string message, values;
  for (const std::size_t i : key.columns) {
    const Column& column = columns_[i];
    message += (message.empty() ? "" : ", ") + column.label + " " +
               shown(column.reader.field().type, column.value.text);
    values += (values.empty() ? "" : ", ") + std::string(column.value.text);
  }
  message += " is there already, in row " + std::to_string(first.row);
  if (first.file + 1 != inputs_.size()) message += " of " + inputs_[first.file];
  Violation violation = violation_at(record, key.is_primary ? "primary-key" : "unique-error");
  violation.has_field = !key.is_primary;
  if (!key.is_primary) violation.field = columns_[key.columns[0]].reader.field().name;
  violation.constraint = key.is_primary ? "primaryKey" : "unique";
  violation.value = values;
  violation.message = std::move(message);
  log_.add(violation);
}

}  // namespace sp
