#include "sp/schema/derived.h"

#include <algorithm>

#include "sp/base/diagnostic.h"
#include "sp/base/key_hash.h"
#include "sp/schema/check.h"
#include "sp/schema/composite_time.h"
#include "sp/schema/field.h"
#include "sp/schema/property.h"
#include "sp/unit/formula.h"
#include "sp/unit/unit.h"

namespace sp {
namespace {

// Those of a field's properties that a derived column has, too.
constexpr std::string_view kFieldNames[] = {"name",  "unit",       "decimals", "timezone",
                                            "dst",   "hour24",     "role",     "standardName",
                                            "title", "description"};

constexpr std::string_view kOwnNames[] = {"formula", "inputs"};

constexpr std::string_view kCopyInput = "column";

[[noreturn]] void fail(const std::string& message) { throw Error(ExitCode::kConfig, message); }

DerivedInput read_input(std::string_view role, const JsonNode& node) {
  DerivedInput input{std::string(role), "", ""};
  if (node.value.is_string()) {
    input.column = node.name();
  } else if (const auto constant = node.find("constant")) {
    input.constant = constant->string();
    if (input.constant.empty()) constant->fail("must be a quantity, as \"595 m\"");
  } else {
    node.fail("must be a field's name, or {\"constant\": \"595 m\"}");
  }
  return input;
}

void read_member(std::string_view name, const JsonNode& node, Derived& derived) {
  if (name == "formula") {
    derived.formula = node.string();
  } else if (name == "inputs") {
    node.each_member([&](std::string_view role, const JsonNode& value) {
      derived.inputs.push_back(read_input(role, value));
    });
  } else {
    refuse_slip(node, name, kOwnNames);
    read_field_property(name, node, kFieldNames, derived.field);
  }
}

// What becomes of a copy is said by the field that it is of: see complete_copied_field().
void complete_copy(const Derived& derived) {
  if (derived.inputs.size() != 1 || derived.inputs[0].role != kCopyInput ||
      !derived.inputs[0].constant.empty()) {
    fail("copy has one input, a column: {\"column\": \"NAME\"}");
  }
}

const FormulaInput* find_input(const Formula& formula, const std::string& role) {
  for (const FormulaInput& input : formula.inputs) {
    if (input.name && input.name == role) return &input;
  }
  return nullptr;
}

std::string roles_of(const Formula& formula) {
  std::string names;
  for (const FormulaInput& input : formula.inputs) {
    if (input.name) names += (names.empty() ? "" : ", ") + std::string(input.name);
  }
  return names;
}

bool has_role(const Derived& derived, std::string_view role) {
  return std::any_of(derived.inputs.begin(), derived.inputs.end(),
                     [&](const DerivedInput& input) { return input.role == role; });
}

void complete_datetime(Derived& derived,
                       const std::function<bool(const std::string&)>& column_exists) {
  derived.field.type = FieldType::kDatetime;
  std::vector<std::string> roles;
  if (derived.inputs.empty()) {
    for (const std::string& role : time_roles()) {
      if (column_exists(role)) derived.inputs.push_back({role, role, ""});
    }
    // A day alone is midnight only where it is said: a column may have been forgotten.
    if (!has_role(derived, "time") && !has_role(derived, "hour"))
      fail("no column is named time or hour; where days alone are meant, say so by inputs");
  }
  for (const DerivedInput& input : derived.inputs) {
    if (!input.constant.empty()) fail("the parts of a date-time are columns");
    roles.push_back(input.role);
  }
  check_time_roles(roles);
}

void complete_number(const Formula& formula, Derived& derived,
                     const std::function<bool(const std::string&)>& column_exists) {
  derived.field.type = FieldType::kNumber;
  const bool is_own_unit = derived.field.unit.empty() || derived.field.unit == formula.unit;
  if (derived.field.unit.empty()) derived.field.unit = formula.unit;
  if (is_own_unit && !derived.field.decimals) derived.field.decimals = formula.decimals;
  for (const DerivedInput& input : derived.inputs) {
    if (!find_input(formula, input.role)) {
      fail(derived.formula + " has no input '" + input.role + "'; it has " + roles_of(formula));
    }
  }
  for (const FormulaInput& input : formula.inputs) {
    if (!input.name || has_role(derived, input.name)) continue;
    if (column_exists(input.name)) {
      derived.inputs.push_back({input.name, input.name, ""});
    } else if (!input.is_optional) {
      fail(derived.formula + " needs the input '" + input.name +
           "': no column is named so; say which is meant");
    }
  }
  if (derived.inputs.empty()) fail(derived.formula + " needs one of " + roles_of(formula));
}

void check_time_input(const DerivedInput& input, const Field& field) {
  if (fits_time_role(input.role, field.type)) return;
  fail("'" + field.name + "' of the type " + type_name(field.type) + " cannot be the " +
       input.role + " of a date-time");
}

void check_number_input(const Formula& formula, const DerivedInput& input, const Field* field) {
  const FormulaInput& wanted = *find_input(formula, input.role);
  if (!field) {
    quantity_in(input.constant, wanted.unit);
    return;
  }
  if (field->type != FieldType::kInteger && field->type != FieldType::kNumber) {
    fail("'" + field->name + "' is not of the type number or integer");
  }
  if (field->unit.empty()) {
    fail("'" + field->name + "' needs a unit, so that it can be brought to " + wanted.unit);
  }
  unit_conversion(field->target_unit.empty() ? field->unit : field->target_unit, wanted.unit);
}

void check_result(const Derived& derived) {
  const Field& field = derived.field;
  if (field.role == Role::kIgnore) fail("the role ignore makes no sense here; take it out");
  if (derived.formula == kCopyFormula) return;
  if (derived.formula == kDatetimeFormula) {
    const TimeZone known(field.timezone, field.dst);  // throws where there is none
    if (!field.unit.empty() || field.decimals) fail("a datetime has no unit and no decimals");
    if (field.role == Role::kMeasure) fail("a datetime is no measure");
  } else {
    unit_conversion(find_formula(derived.formula)->unit, field.unit);
    if (field.timezone != "UTC" || field.dst != Dst::kReject) fail("a number has no time zone");
    if (field.hour24) fail("a number has no hour24");
    if (field.role == Role::kTime) fail("a number has not the role time");
  }
}

// It is its column under another name: its own are role and unit, decimals and what people read.
void complete_copied_field(const Schema& schema, Field& own, const std::string& column) {
  const Field* const source = schema.find_source(column);
  if (!source) fail("'" + column + "' is not a field of the schema");
  if (own.timezone != "UTC" || own.dst != Dst::kReject || own.hour24) {
    fail("a copy has the time zone of its column");
  }
  Field field = *source;
  field.name = own.name;
  field.rename.clear();
  field.title = own.title;
  field.description = own.description;
  field.role = own.role;
  field.constraints = {};
  if (!own.standard_name.empty()) field.standard_name = own.standard_name;
  if (own.decimals) field.decimals = own.decimals;
  if (!own.unit.empty()) field.target_unit = own.unit;
  own = field;
}

void check_inputs(const Schema& schema, const Derived& derived) {
  for (const DerivedInput& input : derived.inputs) {
    const Field* field = input.constant.empty() ? schema.find_source(input.column) : nullptr;
    if (!field && input.constant.empty()) {
      fail("'" + input.column + "' is not a field of the schema");
    }
    if (derived.formula == kDatetimeFormula) {
      check_time_input(input, *field);
    } else {
      check_number_input(*find_formula(derived.formula), input, field);
    }
  }
}

}  // namespace

bool is_derived_property(std::string_view name) {
  return name == "formula" || name == "inputs" ||
         std::find(std::begin(kFieldNames), std::end(kFieldNames), name) != std::end(kFieldNames);
}

void read_derived(const JsonNode& node, Schema& schema) {
  node.each_item([&](const JsonNode& item) {
    Derived derived;
    item.each_member(
        [&](std::string_view name, const JsonNode& member) { read_member(name, member, derived); });
    if (derived.field.name.empty()) item.fail("must have a 'name'");
    if (derived.formula.empty()) item.fail("must have a 'formula': one of " + formula_names());
    schema.derived.push_back(std::move(derived));
  });
}

void complete_derived(Derived& derived,
                      const std::function<bool(const std::string&)>& column_exists) {
  for (const DerivedInput& input : derived.inputs) {
    const auto is_same = [&](const DerivedInput& other) { return other.role == input.role; };
    if (std::count_if(derived.inputs.begin(), derived.inputs.end(), is_same) > 1) {
      fail("the input '" + input.role + "' is there twice");
    }
  }
  if (derived.formula == kDatetimeFormula) return complete_datetime(derived, column_exists);
  if (derived.formula == kCopyFormula) return complete_copy(derived);
  const Formula* formula = find_formula(derived.formula);
  if (!formula) {
    fail("there is no formula '" + derived.formula + "'; there are " + formula_names());
  }
  complete_number(*formula, derived, column_exists);
}

void check_derived(Schema& schema) {
  KeyViews names;
  for (const Field& field : schema.fields) {
    if (field.role != Role::kIgnore) names.insert(field.target_name());
  }
  for (const Constant& constant : schema.constants) names.insert(constant.name);
  for (std::size_t i = 0; i < schema.derived.size(); ++i) {
    Derived& derived = schema.derived[i];
    try {
      if (!names.insert(derived.field.name).second) {
        fail("the name '" + derived.field.name + "' is there twice");
      }
      complete_derived(
          derived, [&](const std::string& name) { return schema.find_source(name) != nullptr; });
      if (derived.formula == kCopyFormula) {
        complete_copied_field(schema, derived.field, derived.inputs[0].column);
      } else {
        check_inputs(schema, derived);
      }
      check_result(derived);
    } catch (const Error& error) {
      throw Error(ExitCode::kConfig, "/derived/" + std::to_string(i) + ": " + error.what(),
                  {schema.file, 0, 0, derived.field.name});
    }
    if (derived.formula == kCopyFormula) {
      check_field(schema, derived.field, "/derived/" + std::to_string(i));
    }
  }
}

}  // namespace sp
