#include "sp-schema/infer/database_names.h"

#include <algorithm>
#include <map>
#include <set>

namespace sp {
namespace {

constexpr std::size_t kLongest = 63;  // bytes of a name in PostgreSQL

// What stands for something else there: sp.check_names() of sql/ refuses these.
constexpr std::string_view kReserved[] = {
    "sensor_id",   "ingest_id", "ts",       "location_id", "source",   "key",
    "sensor_type", "location",  "latitude", "longitude",   "altitude", "tableoid",
    "xmin",        "cmin",      "xmax",     "cmax",        "ctid"};

// Whether sp-load, or a constant, may mean something else by the field's name.
bool needs_own_name(const SchemaDraft& draft, const Field& field) {
  const std::vector<Constant>& constants = draft.schema.constants;
  return field.role == Role::kMeasure || field.role == Role::kAttribute ||
         std::any_of(constants.begin(), constants.end(), [&](const Constant& constant) {
           return constant.name == field.target_name();
         });
}

// Only one of two columns of a quantity can have its name.
void keep_apart(SchemaDraft& draft) {
  std::map<std::string, int> counts;
  for (const Field& field : draft.schema.fields) {
    ++counts[field.name];
    if (field.rename != field.name) ++counts[field.rename];
  }
  for (Field& field : draft.schema.fields) {
    if (field.rename == field.name || counts[field.rename] > 1) field.rename.clear();
    if (field.target_unit == field.unit) field.target_unit.clear();
  }
}

std::string cut(std::string name) {
  if (name.size() <= kLongest) return name;
  std::size_t size = kLongest;
  while (size > 0 && (static_cast<unsigned char>(name[size]) & 0xc0) == 0x80) --size;
  name.resize(size);
  return name;
}

std::string possible_name(std::string name) {
  for (char& c : name) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  }
  const bool is_reserved =
      std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved);
  if (is_reserved || name.starts_with("sp_")) name = "value_of_" + name;
  return cut(std::move(name));
}

}  // namespace

void settle_database_names(SchemaDraft& draft) {
  if (draft.source.empty()) return;
  keep_apart(draft);
  std::set<std::string> taken;
  for (const Field& field : draft.schema.fields) taken.insert(field.target_name());
  for (Field& field : draft.schema.fields) {
    if (!needs_own_name(draft, field)) continue;
    const std::string name = possible_name(field.target_name());
    if (name == field.target_name()) continue;
    field.rename = name;
    for (int i = 2; !taken.insert(field.rename).second; ++i) {
      field.rename = std::to_string(i) + "_" + name;
      if (field.rename.size() > kLongest) field.rename = cut(std::move(field.rename));
    }
  }
}

}  // namespace sp
