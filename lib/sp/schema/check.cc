#include "sp/schema/check.h"

#include <fmt/format.h>

#include <vector>

#include "sp/base/diagnostic.h"
#include "sp/base/key_hash.h"
#include "sp/base/listed_values.h"
#include "sp/schema/columns_after.h"
#include "sp/schema/words.h"
#include "sp/time/time_format.h"
#include "sp/unit/unit.h"

namespace sp {
namespace {

[[noreturn]] void fail(const Schema& schema, const std::string& pointer,
                       const std::string& message) {
  throw Error(ExitCode::kConfig, pointer + ": " + message, {schema.file, 0, 0, ""});
}

// A set of field types.
constexpr unsigned of(FieldType type) { return 1u << static_cast<unsigned>(type); }
constexpr unsigned kNumeric = of(FieldType::kInteger) | of(FieldType::kNumber);
constexpr unsigned kTemporal =
    of(FieldType::kDate) | of(FieldType::kTime) | of(FieldType::kDatetime);
constexpr unsigned kOrdered = kNumeric | kTemporal | of(FieldType::kYear) |
                              of(FieldType::kYearmonth) | of(FieldType::kDuration);
constexpr unsigned kLong =
    of(FieldType::kString) | of(FieldType::kArray) | of(FieldType::kObject) | of(FieldType::kList);

// A property that only some types have. `set` tells whether a field uses it.
struct Applicability {
  const char* property;
  bool (*set)(const Field& field);
  unsigned types;
};
constexpr Applicability kApplicability[] = {
    {"constraints/minimum", [](const Field& f) { return f.constraints.minimum.has_value(); },
     kOrdered},
    {"constraints/maximum", [](const Field& f) { return f.constraints.maximum.has_value(); },
     kOrdered},
    {"constraints/exclusiveMinimum",
     [](const Field& f) { return f.constraints.exclusive_minimum.has_value(); }, kOrdered},
    {"constraints/exclusiveMaximum",
     [](const Field& f) { return f.constraints.exclusive_maximum.has_value(); }, kOrdered},
    {"constraints/minLength", [](const Field& f) { return f.constraints.min_length.has_value(); },
     kLong},
    {"constraints/maxLength", [](const Field& f) { return f.constraints.max_length.has_value(); },
     kLong},
    {"constraints/pattern", [](const Field& f) { return f.constraints.pattern.has_value(); },
     of(FieldType::kString)},
    {"constraints/jsonSchema", [](const Field& f) { return f.constraints.json_schema.has_value(); },
     of(FieldType::kArray) | of(FieldType::kObject)},
    {"missingNumbers", [](const Field& f) { return f.missing_numbers.has_value(); }, kNumeric},
    {"trueValues", [](const Field& f) { return f.true_values != Field().true_values; },
     of(FieldType::kBoolean)},
    {"falseValues", [](const Field& f) { return f.false_values != Field().false_values; },
     of(FieldType::kBoolean)},
    {"delimiter", [](const Field& f) { return f.list_delimiter != ","; }, of(FieldType::kList)},
    {"itemType", [](const Field& f) { return f.item_type != FieldType::kString; },
     of(FieldType::kList)},
    {"categories", [](const Field& f) { return !f.categories.empty(); },
     of(FieldType::kString) | of(FieldType::kInteger)},
    {"decimalChar", [](const Field& f) { return f.decimal_char != "."; }, of(FieldType::kNumber)},
    {"groupChar", [](const Field& f) { return !f.group_char.empty(); }, kNumeric},
    {"bareNumber", [](const Field& f) { return !f.bare_number; }, kNumeric},
    {"unit", [](const Field& f) { return !f.unit.empty(); }, kNumeric},
    {"targetUnit", [](const Field& f) { return !f.target_unit.empty(); }, kNumeric},
    {"decimals", [](const Field& f) { return f.decimals.has_value(); }, kNumeric},
    {"timezone", [](const Field& f) { return f.timezone != "UTC"; }, of(FieldType::kDatetime)},
    {"dst", [](const Field& f) { return f.dst != Dst::kReject; }, of(FieldType::kDatetime)},
    {"hour24", [](const Field& f) { return f.hour24; },
     of(FieldType::kTime) | of(FieldType::kDatetime)},
    {"role", [](const Field& f) { return f.role == Role::kTime; },
     of(FieldType::kDate) | of(FieldType::kDatetime)},
    {"role", [](const Field& f) { return f.role == Role::kMeasure; }, kNumeric},
    {"role",
     [](const Field& f) {
       return f.role == Role::kLatitude || f.role == Role::kLongitude || f.role == Role::kAltitude;
     },
     kNumeric},
    {"role",
     [](const Field& f) {
       return f.role == Role::kSource || f.role == Role::kType || f.role == Role::kLocation;
     },
     of(FieldType::kString) | of(FieldType::kInteger) | of(FieldType::kAny)},
};

void check_applicability(const Schema& schema, const Field& field, const std::string& pointer) {
  for (const Applicability& row : kApplicability) {
    if (row.set(field) && (row.types & of(field.type)) == 0) {
      fail(schema, pointer + "/" + row.property,
           std::string("does not fit the type ") + type_name(field.type));
    }
  }
}

// Throws what `check` throws, with the place in the schema before it.
template <class Check>
void at_pointer(const Schema& schema, const std::string& pointer, Check check) {
  try {
    check();
  } catch (const Error& error) {
    fail(schema, pointer, error.what());
  }
}

// The formats of types that have a list of them. Others have "default", and "any" is the same.
struct Formats {
  FieldType type;
  const char* name;
};
constexpr Formats kFormats[] = {{FieldType::kString, "email"},    {FieldType::kString, "uri"},
                                {FieldType::kString, "binary"},   {FieldType::kString, "uuid"},
                                {FieldType::kGeopoint, "array"},  {FieldType::kGeopoint, "object"},
                                {FieldType::kGeojson, "topojson"}};

void check_format(const Schema& schema, const Field& field, const std::string& pointer) {
  if (const std::optional<TimeKind> kind = time_kind(field.type)) {
    at_pointer(schema, pointer + "/format", [&] { TimeFormat(field.format, *kind); });
    return;
  }
  if (field.format == "default" || field.format == "any") return;
  std::string all = "default";
  for (const Formats& row : kFormats) {
    if (row.type != field.type) continue;
    if (field.format == row.name) return;
    all += std::string(", ") + row.name;
  }
  fail(schema, pointer + "/format",
       "the format '" + field.format + "' of the type " + type_name(field.type) +
           " is not supported; use one of " + all);
}

void check_categories(const Schema& schema, const Field& field, const std::string& pointer) {
  if (field.categories_ordered && field.categories.empty()) {
    fail(schema, pointer + "/categoriesOrdered", "needs 'categories' beside it");
  }
  if (field.categories.empty()) return;
  KeyViews values;
  for (const Category& category : field.categories) values.insert(category.value);
  for (const std::string& value : field.constraints.enumeration) {
    if (values.contains(value)) continue;
    fail(schema, pointer + "/constraints/enum", "'" + value + "' is none of the categories");
  }
}

// What a gas needs, each in its own unit.
struct GasPart {
  const char* property;
  std::string Gas::*text;
  const char* unit;
};
constexpr GasPart kGasParts[] = {{"/molarMass", &Gas::molar_mass, "kg/mol"},
                                 {"/conditions/temperature", &Gas::temperature, "K"},
                                 {"/conditions/pressure", &Gas::pressure, "Pa"}};

void check_gas(const Schema& schema, const Field& field, const std::string& pointer) {
  if (field.target_unit.empty()) {
    fail(schema, pointer + "/targetUnit", "is needed beside 'molarMass' and 'conditions'");
  }
  for (const GasPart& part : kGasParts) {
    const std::string& text = field.gas.*part.text;
    const std::string place = pointer + part.property;
    if (text.empty()) fail(schema, place, "is needed: a gas has molarMass and conditions");
    at_pointer(schema, place, [&] { positive_quantity_in(text, part.unit); });
  }
}

void check_units(const Schema& schema, const Field& field, const std::string& pointer) {
  if (!field.unit.empty()) {
    at_pointer(schema, pointer + "/unit", [&] { check_unit(field.unit); });
  }
  if (field.gas.is_named()) check_gas(schema, field, pointer);
  if (field.target_unit.empty()) return;
  if (field.unit.empty()) fail(schema, pointer + "/targetUnit", "needs a 'unit' beside it");
  at_pointer(schema, pointer + "/targetUnit",
             [&] { unit_conversion(field.unit, field.target_unit, field.gas); });
}

void check_number_format(const Schema& schema, const Field& field, const std::string& pointer) {
  if (field.decimal_char.empty()) fail(schema, pointer + "/decimalChar", "must not be empty");
  if (field.decimal_char == field.group_char && field.type != FieldType::kInteger) {
    fail(schema, pointer + "/groupChar", "must differ from decimalChar");
  }
}

void check_lengths(const Schema& schema, const Field& field, const std::string& pointer) {
  const Constraints& limits = field.constraints;
  if (!limits.min_length || !limits.max_length || *limits.min_length <= *limits.max_length) return;
  fail(schema, pointer + "/constraints/minLength",
       fmt::format("{} leaves nothing with the maxLength {}", *limits.min_length,
                   *limits.max_length));
}

// Cells are compared with these by their whole text.
void check_booleans(const Schema& schema, const Field& field, const std::string& pointer) {
  if (field.true_values.empty()) fail(schema, pointer + "/trueValues", "must have a text");
  if (field.false_values.empty()) fail(schema, pointer + "/falseValues", "must have a text");
  const auto& others = field.false_values;
  const ListedValues<std::string> listed(others);
  for (const std::string& text : field.true_values) {
    if (!listed.contains(text)) continue;
    std::string all;
    for (const std::string& other : others) {
      if (!all.empty()) all += ", ";
      all += other;
    }
    fail(schema, pointer + "/trueValues",
         fmt::format("'{}' is one of the falseValues, too, which are {}", text, all));
  }
}

// Where it is missing the row would be rejected all the same, or belong to nobody.
void check_on_invalid(const Schema& schema, const Field& field, const std::string& pointer) {
  if (!field.invalid_is_missing) return;
  const auto& key = schema.primary_key;
  const bool is_needed = field.constraints.required || field.role == Role::kKey ||
                         field.role == Role::kTime || field.role == Role::kSource ||
                         std::find(key.begin(), key.end(), field.name) != key.end();
  if (is_needed) {
    fail(schema, pointer + "/onInvalid",
         "a field that is required, or by which rows are known, cannot be missing");
  }
}

std::string field_pointer(std::size_t index) { return "/fields/" + std::to_string(index); }

// Names of the input, and names after sp-transform, of which an ignored field has none.
void check_names(const Schema& schema) {
  KeyViews names, targets;
  const auto add = [&](KeyViews& to, std::string_view name, const std::string& pointer) {
    if (!to.insert(name).second) {
      fail(schema, pointer, "the name '" + std::string(name) + "' is there twice");
    }
  };
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const Field& field = schema.fields[i];
    add(names, field.name, field_pointer(i) + "/name");
    if (field.role != Role::kIgnore) {
      add(targets, field.target_name(),
          field_pointer(i) + (field.rename.empty() ? "/name" : "/rename"));
    }
  }
  for (const Constant& constant : schema.constants) add(targets, constant.name, "/constants");
}

void check_key(const Schema& schema, const std::vector<std::string>& names,
               const std::string& pointer) {
  for (const std::string& name : names) {
    if (!schema.find(name)) fail(schema, pointer, "'" + name + "' is not a field of the schema");
  }
}

void check_keys(const Schema& schema) {
  check_key(schema, schema.primary_key, "/primaryKey");
  for (std::size_t i = 0; i < schema.unique_keys.size(); ++i) {
    const std::string pointer = "/uniqueKeys/" + std::to_string(i);
    if (schema.unique_keys[i].empty()) fail(schema, pointer, "must have at least one name");
    check_key(schema, schema.unique_keys[i], pointer);
  }
  for (std::size_t i = 0; i < schema.foreign_keys.size(); ++i) {
    const std::string pointer = "/foreignKeys/" + std::to_string(i);
    check_key(schema, schema.foreign_keys[i].fields, pointer + "/fields");
    check_key(schema, schema.foreign_keys[i].reference_fields, pointer + "/reference/fields");
  }
}

void check_roles(const Schema& schema, const std::vector<SchemaColumn>& columns) {
  for (const Role role : kSingleRoles) {
    const SchemaColumn* first = nullptr;
    for (const SchemaColumn& column : columns) {
      if (column.field.role != role) continue;
      if (first != nullptr) {
        fail(schema, "/fields",
             fmt::format("'{}' and '{}' both have the role {}", first->field.name,
                         column.field.name, role_name(role)));
      }
      first = &column;
    }
  }
}

}  // namespace

void check_field(const Schema& schema, const Field& field, const std::string& pointer) {
  check_applicability(schema, field, pointer);
  check_lengths(schema, field, pointer);
  check_booleans(schema, field, pointer);
  check_format(schema, field, pointer);
  check_categories(schema, field, pointer);
  if (field.list_delimiter.empty()) fail(schema, pointer + "/delimiter", "must not be empty");
  check_units(schema, field, pointer);
  check_number_format(schema, field, pointer);
  check_on_invalid(schema, field, pointer);
  if (field.timezone != "UTC") {
    at_pointer(schema, pointer + "/timezone", [&] { TimeZone(field.timezone, field.dst); });
  }
}

void check_schema(const Schema& schema) {
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    check_field(schema, schema.fields[i], field_pointer(i));
  }
  check_names(schema);
  check_keys(schema);
}

void check_columns_after(const Schema& schema) {
  const std::vector<SchemaColumn> columns = transformed_columns(schema);
  check_roles(schema, columns);
  KeyViews names;
  for (const SchemaColumn& column : columns) {
    if (names.insert(column.field.name).second) continue;
    fail(schema, "/fields", "two columns would be called '" + column.field.name + "'");
  }
}

}  // namespace sp
