// Whose row it is: of which network and sensor, and when.
#include "sp-validate/row_checker.h"
#include "sp/schema/natural_key.h"
#include "sp/time/timestamp.h"
#include "sp/unit/formula.h"

namespace sp {

// A column of the file, under its own name or another, or a constant that says whose row it is.
void RowChecker::tell(const SchemaColumn& column) {
  const Field& field = column.field;
  if (column.origin == ColumnOrigin::kMelt && field.role == Role::kKey) is_of_one_ = false;
  std::size_t at = column.index;
  if (column.origin == ColumnOrigin::kDerived) {
    const Derived& derived = schema_.derived[column.index];
    if (derived.formula != kCopyFormula) return;
    const Field* const source = schema_.find_source(derived.inputs[0].column);
    at = static_cast<std::size_t>(source - schema_.fields.data());
  } else if (column.origin == ColumnOrigin::kConstant) {
    told_.push_back({nullptr, field.role, false, schema_.constants[at].value});
    return;
  } else if (column.origin != ColumnOrigin::kField) {
    return;
  }
  told_.push_back({&columns_[at], field.role, field.type == FieldType::kInteger, ""});
}

// Of a row whose columns were checked.
Subject RowChecker::subject_of(const Record& record) {
  Subject subject = sensor_of(true);
  subject.ts = time_of(record);
  return subject;
}

// Of a row that cannot be read it is what constants say.
Subject RowChecker::sensor_of(bool is_read) const {
  Subject subject;
  NaturalKey key;
  bool has_key = false, is_whole = is_of_one_;
  for (const auto& [column, role, is_integer, constant] : told_) {
    const bool is_there = column == nullptr || (is_read && column->is_present);
    const std::string_view text = column == nullptr ? constant : column->value.text;
    if (role == Role::kSource && is_there) subject.source = text;
    if (role != Role::kKey) continue;
    has_key = true;
    is_whole = is_whole && is_there;
    if (is_there) key.add(text, is_integer);
  }
  if (has_key && is_whole && key_fault(key.text()).empty()) subject.sensor_key = key.text();
  return subject;
}

std::string RowChecker::time_of(const Record& record) {
  char text[kMaxTimestampText];
  for (const Told& told : told_) {
    if (told.role != Role::kTime || told.column == nullptr || !told.column->is_present) continue;
    return {text, format_utc(told.column->value.time.seconds, "", text)};
  }
  const auto is_there = [&](std::size_t part) { return part < record.size(); };
  for (DerivedTime& derived : times_) {
    ParsedTime parsed;
    if (derived.field.role != Role::kTime ||
        !std::all_of(derived.parts.begin(), derived.parts.end(), is_there) ||
        derived.time.read(record, parsed) != CompositeTime::Result::kTime) {
      continue;
    }
    return {text, format_utc(parsed.time.seconds, "", text)};
  }
  return "";
}

}  // namespace sp
