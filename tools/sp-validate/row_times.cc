// Times that sp-transform puts together, or reads in another zone than that of their column.
#include <algorithm>

#include "sp-validate/row_checker.h"
#include "sp/base/excerpt.h"
#include "sp/base/key_hash.h"
#include "sp/unit/formula.h"

namespace sp {

// Those whose parts the input has.
void RowChecker::set_times(const Columns& columns) {
  times_.clear();
  std::vector<std::pair<Field, std::vector<TimePart>>> times;
  for (const Derived& derived : schema_.derived) {
    if (derived.formula != kDatetimeFormula) continue;
    std::vector<TimePart> parts;
    for (const DerivedInput& input : derived.inputs) {
      const Field& field = *schema_.find_source(input.column);
      const auto column = columns.find(field.name);
      if (column) parts.push_back({input.role, *column, field, MissingValues(schema_, field)});
    }
    if (parts.size() == derived.inputs.size()) times.emplace_back(derived.field, std::move(parts));
  }
  for (const auto& [field, parts] : times) add_time(field, parts, {});
  if (!schema_.melt) return;
  for (const Field& field : schema_.fields) {
    const auto column = columns.find(field.name);
    if (!column || !has_zone(field) || field.role == Role::kIgnore) continue;
    times.push_back({field, {{"datetime", *column, field, MissingValues(schema_, field)}}});
  }
  for (const auto& [zone, melted] : melted_by_zone()) {
    for (auto [field, parts] : times) {
      field.timezone = zone;
      field.role = Role::kNone;  // the row's time is that of the column's own zone
      add_time(field, parts, melted);
    }
  }
}

// The columns whose rows have their times in another zone; null for one that is no field.
std::map<std::string, std::vector<const CheckedColumn*>> RowChecker::melted_by_zone() const {
  KeyViewMap<const CheckedColumn*> columns;
  for (const CheckedColumn& column : columns_) {
    if (column.field().role == Role::kIgnore) continue;
    columns.emplace(column.field().target_name(), &column);
  }
  std::map<std::string, std::vector<const CheckedColumn*>> melted;
  for (const auto& [name, zone] : schema_.melt->timezones) {
    const auto column = columns.find(name);
    melted[zone].push_back(column == columns.end() ? nullptr : column->second);
  }
  return melted;
}

void RowChecker::add_time(const Field& field, const std::vector<TimePart>& parts,
                          const std::vector<const CheckedColumn*>& melted) {
  std::vector<std::size_t> places;
  places.reserve(parts.size());
  for (const TimePart& part : parts) places.push_back(part.column);
  times_.push_back({field, CompositeTime(field, parts), places, melted});
}

void RowChecker::check_times(const Record& record) {
  // A part that is missing or wrong has said so itself.
  const auto is_told = [&](std::size_t part) {
    return part >= record.size() ||
           (by_index_[part] != nullptr && by_index_[part]->failed_row == record.row());
  };
  for (DerivedTime& derived : times_) {
    ParsedTime parsed;
    const auto has_row = [](const CheckedColumn* column) {
      return column == nullptr || column->is_present;
    };
    const auto& melted = derived.melted;
    if (!melted.empty() && std::none_of(melted.begin(), melted.end(), has_row)) continue;
    if (std::any_of(derived.parts.begin(), derived.parts.end(), is_told)) continue;
    if (derived.time.read(record, parsed) != CompositeTime::Result::kWrong) continue;
    const TimePart* const wrong = derived.time.wrong_part();
    const TimePart& part = wrong ? *wrong : derived.time.first_part();
    Violation violation = violation_at(record, "type-error");
    violation.field = (*header_)[part.column];
    violation.value = wrong ? record[part.column] : derived.time.text();
    violation.message = excerpt(violation.value) + " " + derived.time.explain(derived.field.name);
    log_.add(violation);
  }
}

}  // namespace sp
