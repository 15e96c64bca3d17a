#include "sp-schema/infer/role/database_names.h"

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

// All that may become columns; of a spread's fields of one name, which become one, the first.
std::vector<Field*> columns_of(SchemaDraft& draft) {
  std::vector<Field*> columns;
  std::set<std::string> names;
  for (Field& field : draft.schema.fields) columns.push_back(&field);
  if (!draft.schema.spread) return columns;
  for (SpreadField& made : draft.schema.spread->fields) {
    if (names.insert(made.field.name).second) columns.push_back(&made.field);
  }
  return columns;
}

// Only one of two columns of a quantity can have its name.
void keep_apart(const std::vector<Field*>& columns) {
  std::map<std::string, int> counts;
  for (const Field* const field : columns) {
    ++counts[field->name];
    if (field->rename != field->name) ++counts[field->rename];
  }
  for (Field* const field : columns) {
    if (field->rename == field->name || counts[field->rename] > 1) field->rename.clear();
    if (field->target_unit == field->unit) field->target_unit.clear();
  }
}

// "field7", which says nothing, and which another network's file has too.
bool is_nameless(const std::string& name) {
  constexpr std::string_view kField = "field";
  return name.size() > kField.size() && name.starts_with(kField) &&
         name.find_first_not_of("0123456789", kField.size()) == std::string::npos;
}

void name_after_source(SchemaDraft& draft) {
  std::string names;
  for (Field& field : draft.schema.fields) {
    const bool is_kept = field.role == Role::kMeasure || field.role == Role::kAttribute;
    if (!is_kept || !field.rename.empty() || !is_nameless(field.name)) continue;
    field.rename = draft.source + "_" + field.name;
    names += (names.empty() ? "" : ", ") + field.rename;
  }
  if (names.empty()) return;
  draft.remarks.decide(
      "the names of some columns say nothing, and are made those of this network "
      "alone: " +
      names + "; what they measure is for you to say (rename, unit)");
}

// The fields of one name of a spread have the name that the first got.
void share_names(Spread& spread) {
  std::map<std::string, const Field*> first;
  for (SpreadField& made : spread.fields) {
    Field& field = made.field;
    const Field* const known = first.emplace(field.name, &field).first->second;
    field.rename = known->rename;
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
  name_after_source(draft);
  const std::vector<Field*> columns = columns_of(draft);
  keep_apart(columns);
  std::set<std::string> taken;
  for (const Field* const field : columns) taken.insert(field->target_name());
  for (Field* const field : columns) {
    if (!needs_own_name(draft, *field)) continue;
    const std::string name = possible_name(field->target_name());
    if (name == field->target_name()) continue;
    field->rename = name;
    for (int i = 2; !taken.insert(field->rename).second; ++i) {
      field->rename = std::to_string(i) + "_" + name;
      if (field->rename.size() > kLongest) field->rename = cut(std::move(field->rename));
    }
  }
  if (draft.schema.spread) share_names(*draft.schema.spread);
}

}  // namespace sp
