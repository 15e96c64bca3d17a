#include "sp-load/network/network_plan.h"

#include <algorithm>
#include <iterator>

#include "sp/base/diagnostic.h"
#include "sp/schema/columns_after.h"
#include "sp/unit/direction.h"

namespace sp::load {
namespace {

constexpr const char* kTime = "ts";

bool has_role(const std::vector<SchemaColumn>& columns, Role role) {
  return std::any_of(columns.begin(), columns.end(),
                     [&](const SchemaColumn& column) { return column.field.role == role; });
}

// Without which nobody knows which sensor a row is of.
bool is_name(Role role) { return role == Role::kSource || role == Role::kKey; }

const char* kind_of(const Field& field) {
  switch (field.type) {
    case FieldType::kInteger:
    case FieldType::kNumber:
      return "number";
    case FieldType::kBoolean:
      return "boolean";
    default:
      return "text";
  }
}

class Planner {
 public:
  Planner(const Columns& input, NetworkPlan& plan) : plan_(plan) {
    plan_.targets.resize(input.size());
  }

  void add(const SchemaColumn& column, std::size_t at) {
    const Field& field = column.field;
    switch (field.role) {
      case Role::kSource:
        plan_.source = at;
        return;
      case Role::kKey:
        plan_.key.push_back({at, field.type == FieldType::kInteger});
        return;
      case Role::kTime:
        plan_.time = at;
        plan_.targets[at] = kTime;
        return;
      case Role::kType:
        plan_.type = at;
        return;
      case Role::kLocation:
        plan_.location = at;
        plan_.is_location_integer = field.type == FieldType::kInteger;
        return;
      case Role::kLatitude:
        plan_.latitude = at;
        return;
      case Role::kLongitude:
        plan_.longitude = at;
        return;
      case Role::kAltitude:
        plan_.altitude = at;
        return;
      case Role::kNone:
      case Role::kAttribute:
      case Role::kMeasure:
      case Role::kIgnore:
        break;
    }
    plan_.targets[at] = field.name;
    plan_.quantities.push_back({field.name, kind_of(field), field.unit, field.standard_name});
  }

 private:
  NetworkPlan& plan_;
};

}  // namespace

double Quantity::circle() const { return full_circle(standard_name, unit); }

void check_network(const Schema& schema) {
  struct Duty {
    Role role;
    const char* absent;
  };
  static constexpr Duty kDuties[] = {
      {Role::kSource,
       "no column says which network the sensors are of (role source); where it is always the "
       "same, write \"constants\": {\"source\": \"NAME\"}"},
      {Role::kKey,
       "no column says which sensor a row is of (role key); give the field \"role\": \"key\""},
      {Role::kTime,
       "no column says when a row was measured (role time); give the field \"role\": \"time\""},
  };
  const std::vector<SchemaColumn> columns = transformed_columns(schema);
  std::string absent;
  for (const Duty& duty : kDuties) {
    if (has_role(columns, duty.role)) continue;
    absent += (absent.empty() ? "" : "; ") + std::string(duty.absent);
  }
  if (!absent.empty()) throw Error(ExitCode::kConfig, absent, {schema.file, 0, 0, ""});
}

NetworkPlan plan_states(const Schema& schema, const Columns& input, const std::string& file) {
  NetworkPlan plan;
  Planner planner(input, plan);
  for (const SchemaColumn& column : transformed_columns(schema)) {
    if (is_name(column.field.role)) planner.add(column, input.require(column.field.name, file));
  }
  return plan;
}

NetworkPlan plan_network(const Schema& schema, const Columns& input, const std::string& file,
                         const std::string& file_column) {
  NetworkPlan plan;
  Planner planner(input, plan);
  std::vector<bool> is_field(input.size());
  for (const SchemaColumn& column : transformed_columns(schema)) {
    const auto at = input.find(column.field.name);
    const bool is_needed = is_name(column.field.role) || column.field.role == Role::kTime;
    if (!at && is_needed) input.require(column.field.name, file);
    if (!at) continue;
    is_field[*at] = true;
    planner.add(column, *at);
  }
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (!is_field[i] && input[i] != file_column) plan.left_out.push_back(input[i]);
  }
  return plan;
}

}  // namespace sp::load
