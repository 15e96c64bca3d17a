#include "sp/schema/spread_columns.h"

#include "sp/base/nfc.h"
#include "sp/unit/unit.h"

namespace sp {

SpreadColumns::SpreadColumns(const Spread& spread) : spread_(spread) {
  KeyViewMap<std::size_t> columns;
  for (const SpreadField& column : spread.fields) {
    const Field& field = column.field;
    fields_[field.name].push_back(columns_.size());
    const auto [at, is_new] = columns.emplace(field.target_name(), names_.size());
    if (is_new) names_.push_back(field.target_name());
    columns_.push_back(at->second);
    units_.push_back(column.unit_text.value_or(field.unit));
  }
}

std::size_t SpreadColumns::find(std::string_view name, std::string_view unit) {
  const std::vector<std::size_t>* const fields = fields_of(name);
  if (fields == nullptr) return kNone;
  for (const std::size_t field : *fields) {
    if (is_unit(field, unit)) return field;
  }
  return kNone;
}

const std::vector<std::size_t>* SpreadColumns::fields_of(std::string_view name) const {
  auto at = fields_.find(name);
  if (at == fields_.end()) at = fields_.find(nfc(name));
  return at == fields_.end() ? nullptr : &at->second;
}

// UDUNITS-2 is asked once for each spelling that follows another.
bool SpreadColumns::is_unit(std::size_t field, std::string_view unit) {
  const SpreadField& wanted = spread_.fields[field];
  if (spread_.units.empty() || wanted.field.unit.empty() || units_[field] == unit) return true;
  if (wanted.unit_text || !is_same_unit(wanted.field.unit, std::string(unit))) {
    return false;
  }
  units_[field] = unit;
  return true;
}

}  // namespace sp
