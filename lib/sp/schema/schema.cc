#include "sp/schema/schema.h"

namespace sp {

bool has_zone(const Field& field) {
  return field.type == FieldType::kDatetime && !field.format.starts_with("epoch-");
}

std::optional<TimeKind> time_kind(FieldType type) {
  switch (type) {
    case FieldType::kDate:
      return TimeKind::kDate;
    case FieldType::kTime:
      return TimeKind::kTime;
    case FieldType::kDatetime:
      return TimeKind::kDatetime;
    default:
      return std::nullopt;
  }
}

const Field* Schema::find(std::string_view name) const {
  const auto i = places_.find(name, fields.size(), [this](std::size_t at) -> const std::string& {
    return fields[at].name;
  });
  return i ? &fields[*i] : nullptr;
}

const Field* Schema::find_source(std::string_view name) const {
  const Field* field = find(name);
  if (field || name.empty()) return field;
  const auto i = renames_.find(name, fields.size(), [this](std::size_t at) -> const std::string& {
    return fields[at].rename;
  });
  return i ? &fields[*i] : nullptr;
}

}  // namespace sp
