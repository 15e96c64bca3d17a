#include "sp-validate/row_checker.h"

#include <algorithm>

#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"
#include "sp/schema/columns_after.h"
#include "sp/schema/derived.h"
#include "sp/schema/header_check.h"
#include "sp/schema/natural_key.h"
#include "sp/time/timestamp.h"
#include "sp/unit/formula.h"

namespace sp {
namespace {

// Rules point at their column's reader, so the columns must stay where they are.
std::vector<CheckedColumn> columns_of(const Schema& schema) {
  std::vector<CheckedColumn> columns;
  columns.reserve(schema.fields.size());
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    CheckedColumn& column = columns.emplace_back(schema.fields[i], schema);
    try {
      column.rules = compile_rules(column.reader);
      column.safe = safe_interval(column.reader, column.rules);
    } catch (const Error& error) {
      const std::string what = error.what();
      const std::string pointer =
          "/fields/" + std::to_string(i) + (what.starts_with("categories") ? "/" : "/constraints/");
      throw Error(ExitCode::kConfig, pointer + what, {schema.file, 0, 0, schema.fields[i].name});
    }
  }
  return columns;
}

}  // namespace

RowChecker::RowChecker(const Schema& schema, ViolationLog& log)
    : schema_(schema), log_(log), columns_(columns_of(schema)), keys_(schema, columns_, log) {
  may_blank_ = std::any_of(schema.fields.begin(), schema.fields.end(),
                           [](const Field& field) { return field.invalid_is_missing; });
  for (const SchemaColumn& column : transformed_columns(schema)) {
    if (column.field.role == Role::kKey) log_.tell_subjects();
    if (column.field.role == Role::kSource && column.origin == ColumnOrigin::kConstant) {
      source_ = schema.constants[column.index].value;
    }
  }
}

// Of a row whose columns were checked.
Subject RowChecker::subject_of(const Record& record) {
  Subject subject;
  subject.source = source_;
  NaturalKey key;
  bool has_key = false, is_whole = true;
  for (const CheckedColumn& column : columns_) {
    const Field& field = column.field();
    if (field.role == Role::kSource && column.is_present) subject.source = column.value.text;
    if (field.role != Role::kKey) continue;
    has_key = true;
    is_whole = is_whole && column.is_present;
    if (!column.is_present) continue;
    key.add(column.value.text, field.type == FieldType::kInteger);
  }
  if (has_key && is_whole && key_fault(key.text()).empty()) subject.sensor_key = key.text();
  subject.ts = time_of(record);
  return subject;
}

std::string RowChecker::time_of(const Record& record) {
  char text[kMaxTimestampText];
  for (const CheckedColumn& column : columns_) {
    if (column.field().role != Role::kTime || !column.is_present) continue;
    return {text, format_utc(column.value.time.seconds, "", text)};
  }
  for (DerivedTime& derived : times_) {
    ParsedTime parsed;
    if (derived.field.role != Role::kTime ||
        derived.time.read(record, parsed) != CompositeTime::Result::kTime) {
      continue;
    }
    return {text, format_utc(parsed.time.seconds, "", text)};
  }
  return "";
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

// Those whose parts the input has.
void RowChecker::set_times(const Columns& columns) {
  times_.clear();
  for (const Derived& derived : schema_.derived) {
    if (derived.formula != kDatetimeFormula) continue;
    std::vector<TimePart> parts;
    std::vector<std::size_t> places;
    for (const DerivedInput& input : derived.inputs) {
      const Field& field = *schema_.find_source(input.column);
      const auto column = columns.find(field.name);
      if (!column) continue;
      parts.push_back({input.role, *column, field, MissingValues(schema_, field)});
      places.push_back(*column);
    }
    if (parts.size() != derived.inputs.size()) continue;
    times_.push_back({derived.field, CompositeTime(derived.field, parts), places});
  }
}

bool RowChecker::is_kept(const Record& record) const {
  return std::all_of(filters_.begin(), filters_.end(), [&](const Filter& filter) {
    return filter.index >= record.size() || std::find(filter.texts.begin(), filter.texts.end(),
                                                      record[filter.index]) != filter.texts.end();
  });
}

void RowChecker::check_times(const Record& record) {
  // A part that is missing or wrong has said so itself.
  const auto is_told = [&](std::size_t part) {
    return part >= record.size() ||
           (by_index_[part] != nullptr && by_index_[part]->failed_row == record.row());
  };
  for (DerivedTime& derived : times_) {
    ParsedTime parsed;
    if (std::any_of(derived.parts.begin(), derived.parts.end(), is_told)) continue;
    if (derived.time.read(record, parsed) != CompositeTime::Result::kWrong) continue;
    const TimePart* const wrong = derived.time.wrong_part();
    const std::string& whole = derived.time.text();
    const TimePart& part = wrong ? *wrong : derived.time.first_part();
    Violation violation = violation_at(record, "type-error");
    violation.field = (*header_)[part.column];
    violation.value = wrong ? record[part.column] : whole;
    violation.message =
        wrong ? excerpt(violation.value) + " is no " + part.role + " for " + derived.field.name +
                    (whole.empty() ? "" : " in " + excerpt(whole))
              : excerpt(whole) + " is not a date-time that exists once in the time zone " +
                    derived.field.timezone + ", for " + derived.field.name;
    violation.message += derived.time.advice();
    log_.add(violation);
  }
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
    if (!rule.check(rule, column.value)) fail_rule(record, column, rule);
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

void RowChecker::note_failed(const Record& record, CheckedColumn& column) {
  column.failed_row = record.row();
  if (!column.field().invalid_is_missing) return;
  column.is_present = false;
  ++forgiven_;
}

void RowChecker::fail_type(const Record& record, CheckedColumn& column, std::string_view text) {
  note_failed(record, column);
  Violation violation = violation_at(record, "type-error");
  violation.field = column.reader.field().name;
  violation.value = text;
  violation.message = column.label + " " + excerpt(text) + " " + column.reader.explain(text);
  log_.add(violation);
}

void RowChecker::fail_rule(const Record& record, CheckedColumn& column, const Rule& rule) {
  note_failed(record, column);
  Violation violation = violation_at(record, "constraint-error");
  violation.field = column.reader.field().name;
  violation.constraint = rule.type->name;
  violation.value = column.value.text;
  violation.message = column.label + " " + shown(column.reader.field().type, column.value.text) +
                      " " + explain(rule, column.value);
  log_.add(violation);
}

}  // namespace sp
