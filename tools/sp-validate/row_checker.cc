#include "sp-validate/row_checker.h"

#include <algorithm>

#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"
#include "sp/schema/derived.h"
#include "sp/schema/header_check.h"
#include "sp/unit/formula.h"

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

}  // namespace

RowChecker::Column::Column(const Field& field, const Schema& schema)
    : required(field.constraints.required),
      missing(schema, field),
      reader(field),
      label(field.name) {}

bool RowChecker::Column::is_idle() const {
  const Field& field = reader.field();
  return field.role == Role::kIgnore && field.type == FieldType::kAny && !required && !is_in_key &&
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
      const std::string what = error.what();
      const std::string pointer =
          "/fields/" + std::to_string(i) + (what.starts_with("categories") ? "/" : "/constraints/");
      throw Error(ExitCode::kConfig, pointer + what, {schema.file, 0, 0, schema.fields[i].name});
    }
  }
  add_keys();
}

void RowChecker::add_keys() {
  for (const Field& field : schema_.fields) {
    if (field.constraints.unique) add_key({field.name}, KeyKind::kUnique);
  }
  for (const auto& names : schema_.unique_keys) add_key(names, KeyKind::kUniqueKey);
  if (!schema_.primary_key.empty()) add_key(schema_.primary_key, KeyKind::kPrimary);
  for (std::size_t i = 0; i < schema_.foreign_keys.size(); ++i) {
    add_reference(schema_.foreign_keys[i], i);
  }
}

std::vector<std::size_t> RowChecker::key_columns(const std::vector<std::string>& names) {
  std::vector<std::size_t> columns;
  for (const std::string& name : names) {
    columns.push_back(static_cast<std::size_t>(schema_.find(name) - schema_.fields.data()));
    columns_[columns.back()].is_in_key = true;
  }
  return columns;
}

void RowChecker::add_key(const std::vector<std::string>& names, KeyKind kind) {
  Key& key = keys_.emplace_back();
  key.columns = key_columns(names);
  key.kind = kind;
  if (kind != KeyKind::kPrimary) return;
  for (const std::size_t column : key.columns) columns_[column].required = true;
}

// Keys are compared by value, so both sides must have values of one type.
void RowChecker::add_reference(const ForeignKey& key, std::size_t index) {
  Reference& reference = references_.emplace_back();
  reference.columns = key_columns(key.fields);
  reference.referenced = key_columns(key.reference_fields);
  for (std::size_t i = 0; i < key.fields.size(); ++i) {
    const FieldType from = schema_.fields[reference.columns[i]].type;
    const FieldType to = schema_.fields[reference.referenced[i]].type;
    if (from == to || (is_text(from) && is_text(to))) continue;
    throw Error(ExitCode::kConfig,
                "/foreignKeys/" + std::to_string(index) + ": " + excerpt(key.fields[i]) +
                    " is of the type " + type_name(from) + " and refers to " +
                    excerpt(key.reference_fields[i]) + " of the type " + type_name(to),
                {schema_.file, 0, 0, ""});
  }
}

void RowChecker::set_input(const std::string& name, const Columns& columns) {
  inputs_.push_back(name);
  header_ = &columns;
  by_index_.assign(columns.size(), nullptr);
  const auto mapping = map_fields(schema_, columns);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].failed_row = 0;
    columns_[i].index = columns_[i].is_idle() ? kNone : mapping[i].value_or(kNone);
    if (!mapping[i]) continue;
    by_index_[*mapping[i]] = &columns_[i];
    if (columns_[i].label.empty()) columns_[i].label = "column " + std::to_string(*mapping[i] + 1);
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

CellKind RowChecker::kind_of(std::size_t index, std::string_view text, CellKind kind) const {
  const Column* const column = by_index_[index];
  if (kind != CellKind::kText || !column) return kind;
  switch (column->reader.field().type) {
    case FieldType::kInteger:
    case FieldType::kNumber:
    case FieldType::kYear:
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

// A value that is special, or wrong.
void RowChecker::check_uncommon(const Record& record, Column& column, std::string_view text,
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
  const std::string message = "the row has " + std::to_string(there) +
                              " cells where the header has " + std::to_string(wanted);
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

void RowChecker::fail_required(const Record& record, Column& column, std::string_view text) {
  column.failed_row = record.row();
  Violation violation = violation_at(record, "constraint-error");
  violation.field = column.reader.field().name;
  violation.constraint = "required";
  violation.value = text;
  violation.message = column.label + " is missing but required";
  log_.add(violation);
}

void RowChecker::fail_type(const Record& record, Column& column, std::string_view text) {
  column.failed_row = record.row();
  Violation violation = violation_at(record, "type-error");
  violation.field = column.reader.field().name;
  violation.value = text;
  violation.message = column.label + " " + excerpt(text) + " " + column.reader.explain(text);
  log_.add(violation);
}

void RowChecker::fail_rule(const Record& record, Column& column, const Rule& rule) {
  column.failed_row = record.row();
  Violation violation = violation_at(record, "constraint-error");
  violation.field = column.reader.field().name;
  violation.constraint = rule.type->name;
  violation.value = column.value.text;
  violation.message = column.label + " " + shown(column.reader.field().type, column.value.text) +
                      " " + explain(rule, column.value);
  log_.add(violation);
}

// False where the row has no such key because a cell of it is missing or wrong.
bool RowChecker::make_key(const std::vector<std::size_t>& columns, std::string& key) const {
  key.clear();
  for (const std::size_t i : columns) {
    if (!columns_[i].is_present) {
      key.clear();
      return false;
    }
    columns_[i].reader.append_key(columns_[i].value, key);
  }
  return true;
}

std::string RowChecker::values_of(const std::vector<std::size_t>& columns) const {
  std::string values;
  for (const std::size_t i : columns) {
    values += (values.empty() ? "" : ", ") + std::string(columns_[i].value.text);
  }
  return values;
}

void RowChecker::check_keys(const Record& record, std::uint64_t before) {
  for (Key& key : keys_) {
    if (!make_key(key.columns, key.current)) continue;
    if (const auto first = key.seen.find(key.current)) fail_key(record, key, *first);
  }
  if (log_.total() != before) return;
  const auto file = static_cast<std::uint32_t>(inputs_.size() - 1);
  for (Key& key : keys_) {
    if (!key.current.empty()) key.seen.insert(key.current, {file, record.row()});
  }
  for (Reference& reference : references_) check_reference(record, reference);
}

void RowChecker::check_reference(const Record& record, Reference& reference) {
  const KeyOrigin origin{static_cast<std::uint32_t>(inputs_.size() - 1), record.row()};
  if (make_key(reference.referenced, reference.current) &&
      !reference.there.find(reference.current)) {
    reference.there.insert(reference.current, origin);
    reference.open.erase(reference.current);
  }
  if (!make_key(reference.columns, reference.current)) return;
  if (reference.there.find(reference.current)) return;
  reference.open[reference.current].push_back(
      {origin, record.line(), values_of(reference.columns)});
}

std::string RowChecker::finish() {
  std::vector<std::pair<const Reference*, const Use*>> found;
  for (const Reference& reference : references_) {
    for (const auto& [key, uses] : reference.open) {
      for (const Use& use : uses) found.emplace_back(&reference, &use);
    }
  }
  if (found.empty()) return "";
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second->origin.file, a.second->origin.row) <
           std::pair(b.second->origin.file, b.second->origin.row);
  });
  for (const auto& [reference, use] : found) {
    std::string names;
    for (const std::size_t i : reference->referenced) {
      names += (names.empty() ? "" : ", ") + columns_[i].label;
    }
    Violation violation;
    violation.row = use->origin.row;
    violation.line = use->line;
    violation.code = "foreign-key";
    violation.has_field = false;
    violation.constraint = "foreignKeys";
    violation.value = use->shown;
    violation.message = excerpt(use->shown) + " is the " + names + " of no row";
    log_.set_file(inputs_[use->origin.file]);
    log_.add(violation);
  }
  return "row " + std::to_string(found[0].second->origin.row) + " refers to " +
         excerpt(found[0].second->shown) + ", which no row has" +
         (found.size() == 1 ? "" : " (and " + std::to_string(found.size() - 1) + " more)");
}

void RowChecker::fail_key(const Record& record, const Key& key, KeyOrigin first) {
  // The code and constraint of each kind.
  static constexpr const char* kWords[][2] = {
      {"unique-error", "unique"}, {"unique-error", "uniqueKeys"}, {"primary-key", "primaryKey"}};
  const auto& words = kWords[static_cast<std::size_t>(key.kind)];
  std::string message;
  for (const std::size_t i : key.columns) {
    const Column& column = columns_[i];
    message += (message.empty() ? "" : ", ") + column.label + " " +
               shown(column.reader.field().type, column.value.text);
  }
  message += " is there already, in row " + std::to_string(first.row);
  if (first.file + 1 != inputs_.size()) message += " of " + inputs_[first.file];
  const std::string values = values_of(key.columns);
  Violation violation = violation_at(record, words[0]);
  violation.has_field = key.kind == KeyKind::kUnique;
  if (violation.has_field) violation.field = columns_[key.columns[0]].reader.field().name;
  violation.constraint = words[1];
  violation.value = values;
  violation.message = std::move(message);
  log_.add(violation);
}

}  // namespace sp
