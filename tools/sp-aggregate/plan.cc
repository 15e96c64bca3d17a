#include "plan.h"

#include <algorithm>

namespace sp {
namespace {

// The schema's fields as an input shows them.
class FieldNames {
 public:
  FieldNames(const Schema* schema, const Columns& columns) : schema_(schema), columns_(columns) {
    if (schema_ == nullptr) return;
    const auto is_there = [&](const std::string& name) { return columns_.find(name).has_value(); };
    const auto gives_away = [&](const Field& field, bool transformed) {
      return field.target_name() != field.name &&
             is_there(transformed ? field.target_name() : field.name);
    };
    const auto& fields = schema_->fields;
    const bool has_new = std::any_of(fields.begin(), fields.end(),
                                     [&](const Field& f) { return gives_away(f, true); });
    const bool has_old = std::any_of(fields.begin(), fields.end(),
                                     [&](const Field& f) { return gives_away(f, false); });
    // Many fields keep their name, so it takes the others to tell whether units were converted.
    transformed_ = has_new || !has_old;
  }

  bool transformed() const { return transformed_; }

  const std::string& name_of(const Field& field) const {
    return columns_.find(field.target_name()) ? field.target_name() : field.name;
  }

  std::vector<const Field*> with_role(Role role) const {
    std::vector<const Field*> found;
    if (schema_ == nullptr) return found;
    for (const Field& field : schema_->fields) {
      if (field.role == role) found.push_back(&field);
    }
    return found;
  }

  const Field* find(const std::string& column) const {
    if (schema_ == nullptr) return nullptr;
    for (const Field& field : schema_->fields) {
      if (name_of(field) == column) return &field;
    }
    return nullptr;
  }

 private:
  const Schema* schema_;
  const Columns& columns_;
  bool transformed_ = true;
};

std::vector<std::string> names_with_role(const FieldNames& fields, Role role) {
  std::vector<std::string> names;
  for (const Field* field : fields.with_role(role)) names.push_back(fields.name_of(*field));
  return names;
}

std::string time_name(const FieldNames& fields, const Schema& schema) {
  const auto times = names_with_role(fields, Role::kTime);
  if (times.size() == 1) return times.front();
  throw Error(ExitCode::kUsage,
              "--every needs --time COL: " +
                  std::string(times.empty() ? "no field" : "more than one field") + " of " +
                  schema.file + " has the role time");
}

TimeZone zone_of(const Field* field) {
  return field == nullptr ? TimeZone("UTC") : TimeZone(field->timezone, field->dst);
}

ValueColumn value_column(const std::string& name, const FieldNames& fields, const Schema* schema) {
  ValueColumn value{name, "", MissingValues({""})};
  const Field* field = fields.find(name);
  if (field == nullptr) return value;
  const bool converted = fields.transformed() && !field->target_unit.empty();
  value.unit = converted ? field->target_unit : field->unit;
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
  plan.by = is_by_keys ? names_with_role(fields, Role::kKey) : options.by;
  for (const std::string& name : plan.by) columns.require(name, file);
  if (!options.every.empty()) {
    const std::string time = options.time.empty() ? time_name(fields, *schema) : options.time;
    plan.time.emplace(time, zone_of(fields.find(time)));
  }
  const auto values =
      options.values.empty() ? names_with_role(fields, Role::kMeasure) : options.values;
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
