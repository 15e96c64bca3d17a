#include "sp/schema/columns_after.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "sp/base/key_hash.h"
#include "sp/schema/words.h"

namespace sp {
namespace {

Role role_called(std::string_view name) {
  if (name == role_name(Role::kKey)) return Role::kKey;
  for (const Role role : kSingleRoles) {
    if (name == role_name(role)) return role;
  }
  return Role::kNone;
}

SchemaColumn text_column(ColumnOrigin origin, const std::string& name, std::size_t index) {
  SchemaColumn column;
  column.origin = origin;
  column.field.name = name;
  column.field.type = FieldType::kString;
  column.field.role = role_called(name);
  column.index = index;
  return column;
}

SchemaColumn column_of(ColumnOrigin origin, Field field, std::size_t index) {
  field.name = field.target_name();
  field.rename.clear();
  if (!field.target_unit.empty()) {
    field.unit = field.target_unit;
    if (field.type == FieldType::kInteger) field.type = FieldType::kNumber;
  }
  field.target_unit.clear();
  field.gas = {};
  return {origin, std::move(field), index};
}

void spread_columns(const Spread& spread, std::vector<SchemaColumn>& columns) {
  std::erase_if(columns, [&](const SchemaColumn& column) {
    const std::string& name = column.field.name;
    return name == spread.names || name == spread.values ||
           (name == spread.units && !spread.units.empty());
  });
  KeyViews names;
  for (std::size_t i = 0; i < spread.fields.size(); ++i) {
    const Field& field = spread.fields[i].field;
    if (!names.insert(field.target_name()).second) continue;
    columns.push_back(column_of(ColumnOrigin::kSpread, field, i));
  }
}

void melt_columns(const Melt& melt, std::vector<SchemaColumn>& columns) {
  const KeyNames melted(melt.fields.begin(), melt.fields.end());
  std::erase_if(columns,
                [&](const SchemaColumn& column) { return melted.contains(column.field.name); });
  columns.push_back({ColumnOrigin::kMelt, melt.names, 0});
  columns.push_back({ColumnOrigin::kMelt, melt.values, 1});
  if (!melt.units.name.empty()) columns.push_back({ColumnOrigin::kMelt, melt.units, 2});
}

// After the ] of a set that begins at `at`; in a set a ] that comes first is a character.
std::size_t skip_set(std::string_view pattern, std::size_t at) {
  ++at;
  if (at < pattern.size() && pattern[at] == '^') ++at;
  if (at < pattern.size() && pattern[at] == ']') ++at;
  while (at < pattern.size() && pattern[at] != ']') at += pattern[at] == '\\' ? 2U : 1U;
  return at + 1;
}

}  // namespace

std::vector<SchemaColumn> transformed_columns(const Schema& schema) {
  std::vector<SchemaColumn> columns = file_columns(schema);
  if (schema.spread) spread_columns(*schema.spread, columns);
  if (schema.melt) melt_columns(*schema.melt, columns);
  return columns;
}

std::vector<SchemaColumn> file_columns(const Schema& schema) {
  std::vector<SchemaColumn> columns;
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    if (schema.fields[i].role == Role::kIgnore) continue;
    columns.push_back(column_of(ColumnOrigin::kField, schema.fields[i], i));
  }
  for (std::size_t i = 0; i < schema.derived.size(); ++i) {
    columns.push_back(column_of(ColumnOrigin::kDerived, schema.derived[i].field, i));
  }
  for (std::size_t i = 0; i < schema.constants.size(); ++i) {
    columns.push_back(text_column(ColumnOrigin::kConstant, schema.constants[i].name, i));
  }
  const std::vector<std::string> groups = group_names(schema.from_name);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    columns.push_back(text_column(ColumnOrigin::kFileName, groups[i], i));
  }
  return columns;
}

std::vector<std::string> group_names(const std::string& pattern) {
  constexpr std::string_view kOpening = "(?P<";
  std::vector<std::string> names;
  const std::string_view text = pattern;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\\') {
      at += 2;
    } else if (text[at] == '[') {
      at = skip_set(text, at);
    } else if (text.substr(at).starts_with(kOpening)) {
      const std::size_t begin = at + kOpening.size();
      const std::size_t end = text.find('>', begin);
      if (end == std::string_view::npos) break;
      names.emplace_back(text.substr(begin, end - begin));
      at = end + 1;
    } else {
      ++at;
    }
  }
  return names;
}

}  // namespace sp
