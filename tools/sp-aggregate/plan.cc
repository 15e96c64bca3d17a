#include "sp-aggregate/plan.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "sp/schema/columns_after.h"
#include "sp/unit/direction.h"

namespace sp {
namespace {

// The schema's fields as an input shows them: after sp-transform or, with --raw, before it. Throws
// Error(kDataErr) for an input with a column that only the other has, or without one that
// sp-transform adds to all.
class FieldNames {
 public:
  FieldNames(const Schema* schema, bool raw, const Columns& columns, const std::string& file)
      : raw_(raw) {
    if (schema == nullptr) return;
    const std::vector<SchemaColumn> after = transformed_columns(*schema);
    std::vector<Field> before = schema->fields;
    if (raw) {
      for (const SchemaColumn& column : after) {
        refuse(columns, column.field.name, before, "makes this column; leave --raw out", file);
      }
      for (const Field& field : before) {
        if (field.keep_values.empty()) continue;
        throw Error(ExitCode::kConfig,
                    "rows that keepValues leaves out are left out by sp-validate only; pass the "
                    "file through it first",
                    {schema->file, 0, 0, field.name});
      }
      fields_ = std::move(before);
      return;
    }
    for (const SchemaColumn& column : after) {
      fields_.push_back(column.field);
      if (column.origin == ColumnOrigin::kField || columns.find(column.field.name)) continue;
      throw Error(ExitCode::kDataErr,
                  "there is no such column, though sp-transform adds it; pass the file through it "
                  "first, or say --raw" +
                      columns.advice(),
                  {file, 0, 0, column.field.name});
    }
    for (const Field& field : before) {
      const std::string what = field.role == Role::kIgnore ? "drops"
                               : field.rename.empty()      ? "makes others of"
                                                           : "renames";
      refuse(columns, field.name, fields_,
             what + " this column; pass the file through it first, or say --raw", file);
    }
  }

  bool raw() const { return raw_; }

  std::vector<std::string> with_role(Role role) const {
    std::vector<std::string> names;
    for (const Field& field : fields_) {
      if (field.role == role) names.push_back(field.name);
    }
    return names;
  }

  // Null where no field has this column.
  const Field* find(const std::string& column) const {
    const auto it = std::find_if(fields_.begin(), fields_.end(),
                                 [&](const Field& field) { return field.name == column; });
    return it == fields_.end() ? nullptr : &*it;
  }

 private:
  // A column that is there, and none of the fields that should be.
  static void refuse(const Columns& columns, const std::string& name,
                     const std::vector<Field>& fields, const std::string& what,
                     const std::string& file) {
    const bool is_one = std::any_of(fields.begin(), fields.end(),
                                    [&](const Field& field) { return field.name == name; });
    if (is_one || !columns.find(name)) return;
    throw Error(ExitCode::kDataErr, "sp-transform " + what, {file, 0, 0, name});
  }

  bool raw_;
  std::vector<Field> fields_;
};

std::string time_name(const FieldNames& fields, const Schema& schema) {
  const auto times = fields.with_role(Role::kTime);
  if (times.size() == 1) return times.front();
  throw Error(ExitCode::kConfig,
              std::string(times.empty() ? "no field has" : "more than one field has") +
                  " the role time; give one \"role\": \"time\", or name the column with --time COL",
              {schema.file, 0, 0, ""});
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
  ValueColumn value;
  value.name = name;
  const Field* field = fields.find(name);
  if (field == nullptr) return value;
  value.unit = field->unit;
  value.circle = full_circle(field->standard_name, field->unit);
  if (!fields.raw()) return value;
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
  const FieldNames fields(schema, options.raw, columns, file);
  Plan plan;
  const bool is_by_keys = options.by.empty() && !options.is_total;
  std::vector<std::string> by = is_by_keys ? key_of(fields, columns) : options.by;
  if (!options.file_column.empty()) by.insert(by.begin(), options.file_column);
  const auto values = options.values.empty() ? fields.with_role(Role::kMeasure) : options.values;
  const bool may_lack = options.values.empty() && schema != nullptr &&
                        (schema->fields_match == FieldsMatch::kSuperset ||
                         schema->fields_match == FieldsMatch::kPartial);
  std::vector<std::string> needed = by;
  if (!may_lack) needed.insert(needed.end(), values.begin(), values.end());
  columns.require_all(needed, file);
  for (std::string& name : by) {
    const Field* const field = fields.find(name);
    const bool is_integer = field != nullptr && field->type == FieldType::kInteger;
    plan.by.push_back({std::move(name), is_integer});
  }
  if (!options.every.empty()) {
    const std::string time = options.time.empty() ? time_name(fields, *schema) : options.time;
    plan.time.emplace(time, zone_of(fields.find(time)));
  }
  if (values.empty()) {
    throw Error(ExitCode::kConfig,
                "no field has the role measure; give those that measure \"role\": \"measure\", or "
                "name columns with --values COLS",
                {schema->file, 0, 0, ""});
  }
  for (const std::string& name : values) {
    plan.values.push_back(value_column(name, fields, schema));
    plan.values.back().may_lack = may_lack;
  }
  return plan;
}

std::string zone_of_times(const Schema& schema) {
  std::vector<const Field*> times;
  for (const Field& field : schema.fields) {
    if (field.role == Role::kTime) times.push_back(&field);
  }
  for (const Derived& derived : schema.derived) {
    if (derived.field.role == Role::kTime) times.push_back(&derived.field);
  }
  if (times.size() == 1) return times.front()->timezone;
  throw Error(ExitCode::kConfig,
              std::string(times.empty() ? "no field has" : "more than one field has") +
                  " the role time; name the zone with --zone ZONE",
              {schema.file, 0, 0, ""});
}

}  // namespace sp
