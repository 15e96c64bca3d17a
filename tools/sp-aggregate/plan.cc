#include "sp-aggregate/plan.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "sp/schema/columns_after.h"

namespace sp {
namespace {

// The schema's fields as an input shows them: after sp-transform or before it.
class FieldNames {
 public:
  FieldNames(const Schema* schema, const Columns& columns) {
    if (schema == nullptr) return;
    const std::vector<SchemaColumn> after = transformed_columns(*schema);
    transformed_ = is_transformed(*schema, after, columns);
    if (transformed_) {
      for (const SchemaColumn& column : after) add_transformed(column, *schema, columns);
    } else {
      for (const Field& field : schema->fields) fields_.push_back({field.name, field});
    }
  }

  bool transformed() const { return transformed_; }

  std::vector<std::string> with_role(Role role) const {
    std::vector<std::string> names;
    for (const auto& [name, field] : fields_) {
      if (field.role == role) names.push_back(name);
    }
    return names;
  }

  // Null where no field has this column.
  const Field* find(const std::string& column) const {
    const auto it = std::find_if(fields_.begin(), fields_.end(),
                                 [&](const auto& entry) { return entry.first == column; });
    return it == fields_.end() ? nullptr : &it->second;
  }

 private:
  // Many columns have the same name before and after, so it takes the others to tell whether units
  // were converted. Where there are no others, an input is taken for transformed.
  static bool is_transformed(const Schema& schema, const std::vector<SchemaColumn>& after,
                             const Columns& columns) {
    std::set<std::string_view> before;
    for (const Field& field : schema.fields) before.insert(field.name);
    bool has_others = false;
    for (const SchemaColumn& column : after) {
      const std::string& name = column.field.name;
      if (before.erase(name) != 0) continue;
      if (columns.find(name)) return true;
      has_others = true;
    }
    const bool has_old = std::any_of(before.begin(), before.end(), [&](std::string_view name) {
      return columns.find(name).has_value();
    });
    return !has_old && !has_others;
  }

  // A field may have kept its name nevertheless, where flags of sp-transform said so.
  void add_transformed(const SchemaColumn& column, const Schema& schema, const Columns& columns) {
    const bool is_renamed =
        column.origin == ColumnOrigin::kField && !columns.find(column.field.name);
    fields_.emplace_back(is_renamed ? schema.fields[column.index].name : column.field.name,
                         column.field);
  }

  std::vector<std::pair<std::string, Field>> fields_;
  bool transformed_ = true;
};

std::string time_name(const FieldNames& fields, const Schema& schema) {
  const auto times = fields.with_role(Role::kTime);
  if (times.size() == 1) return times.front();
  throw Error(ExitCode::kUsage,
              "--every needs --time COL: " +
                  std::string(times.empty() ? "no field" : "more than one field") + " of " +
                  schema.file + " has the role time");
}

// A sensor is known by the network and the network's name for it.
std::vector<std::string> key_of(const FieldNames& fields, const Columns& columns) {
  std::vector<std::string> names = fields.with_role(Role::kSource);
  std::erase_if(names, [&](const std::string& name) { return !columns.find(name); });
  for (std::string& name : fields.with_role(Role::kKey)) names.push_back(std::move(name));
  return names;
}

TimeZone zone_of(const Field* field) {
  return field == nullptr ? TimeZone("UTC") : TimeZone(field->timezone, field->dst);
}

ValueColumn value_column(const std::string& name, const FieldNames& fields, const Schema* schema) {
  ValueColumn value{name, "", MissingValues({""})};
  const Field* field = fields.find(name);
  if (field == nullptr) return value;
  value.unit = field->unit;
  if (fields.transformed()) return value;
  if (field->decimal_char != "." || !field->group_char.empty() || !field->bare_number) {
    throw Error(ExitCode::kConfig,
                "numbers with decimalChar, groupChar or bareNumber are read by sp-transform only; "
                "pass the file through it first",
                {schema->file, 0, 0, field->name});
  }
  Field present = *field;  // an empty cell is no number in any case
  present.missing_values = field->missing_values.value_or(schema->missing_values);
  present.missing_values->emplace_back();
  value.missing = MissingValues(*schema, present);
  return value;
}

}  // namespace

Plan make_plan(const AggregateOptions& options, const Schema* schema, const Columns& columns,
               const std::string& file) {
  const FieldNames fields(schema, columns);
  Plan plan;
  const bool is_by_keys = options.by.empty() && !options.is_total;
  std::vector<std::string> by = is_by_keys ? key_of(fields, columns) : options.by;
  if (!options.file_column.empty()) by.insert(by.begin(), options.file_column);
  for (std::string& name : by) {
    columns.require(name, file);
    const Field* const field = fields.find(name);
    const bool is_integer = field != nullptr && field->type == FieldType::kInteger;
    plan.by.push_back({std::move(name), is_integer});
  }
  if (!options.every.empty()) {
    const std::string time = options.time.empty() ? time_name(fields, *schema) : options.time;
    plan.time.emplace(time, zone_of(fields.find(time)));
  }
  const auto values = options.values.empty() ? fields.with_role(Role::kMeasure) : options.values;
  if (values.empty()) {
    throw Error(ExitCode::kUsage, "no field of " + schema->file +
                                      " has the role measure; name columns with --values COLS");
  }
  for (const std::string& name : values) {
    columns.require(name, file);
    plan.values.push_back(value_column(name, fields, schema));
  }
  return plan;
}

}  // namespace sp
