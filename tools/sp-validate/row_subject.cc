// Whose row it is: of which network and sensor, and when.
#include "sp-validate/row_checker.h"
#include "sp/schema/natural_key.h"
#include "sp/time/timestamp.h"
#include "sp/unit/formula.h"

namespace sp {

// A column of the file that says whose row it is, under its own name or another.
void RowChecker::tell(const SchemaColumn& column) {
  const Field& field = column.field;
  if (column.origin == ColumnOrigin::kMelt && field.role == Role::kKey) is_of_one_ = false;
  std::size_t at = column.index;
  if (column.origin == ColumnOrigin::kDerived) {
    const Derived& derived = schema_.derived[column.index];
    if (derived.formula != kCopyFormula) return;
    const Field* const source = schema_.find_source(derived.inputs[0].column);
    at = static_cast<std::size_t>(source - schema_.fields.data());
  } else if (column.origin != ColumnOrigin::kField) {
    return;
  }
  told_.push_back({columns_[at], field.role, field.type == FieldType::kInteger});
}

// Of a row whose columns were checked.
Subject RowChecker::subject_of(const Record& record) {
  Subject subject;
  subject.source = source_;
  NaturalKey key;
  bool has_key = false, is_whole = is_of_one_;
  for (const auto& [column, role, is_integer] : told_) {
    if (role == Role::kSource && column.is_present) subject.source = column.value.text;
    if (role != Role::kKey) continue;
    has_key = true;
    is_whole = is_whole && column.is_present;
    if (column.is_present) key.add(column.value.text, is_integer);
  }
  if (has_key && is_whole && key_fault(key.text()).empty()) subject.sensor_key = key.text();
  subject.ts = time_of(record);
  return subject;
}

std::string RowChecker::time_of(const Record& record) {
  char text[kMaxTimestampText];
  for (const auto& [column, role, is_integer] : told_) {
    if (role != Role::kTime || !column.is_present) continue;
    return {text, format_utc(column.value.time.seconds, "", text)};
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
