// A Frictionless Table Schema (v2, v1 accepted) with sp's extra properties, read and checked once.
//
// This is the schema as written: names, types and constraint texts. sp-validate compiles it to
// checks, sp-transform to steps, sp-aggregate to roles. A construct that no tool supports is an
// Error(kConfig) that names it by its JSON pointer; nothing is ignored silently but titles,
// descriptions and other properties that only people read. Standard:
// https://datapackage.org/standard/table-schema/
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp/timestamp.h"
#include "sp/unit.h"

namespace sp {

enum class FieldType {
  kString,
  kInteger,
  kNumber,
  kBoolean,
  kDate,
  kTime,
  kDatetime,
  kAny,
};
enum class Role { kNone, kKey, kTime, kAttribute, kMeasure, kIgnore };
enum class FieldsMatch { kExact, kEqual, kSubset, kSuperset, kPartial };

// Constraint values keep their text: their meaning is that of the field's type.
struct Constraints {
  bool required = false;
  bool unique = false;
  std::optional<std::string> minimum, maximum, exclusive_minimum, exclusive_maximum;
  std::optional<std::uint64_t> min_length, max_length;  // Unicode code points
  std::optional<std::string> pattern;
  std::vector<std::string> enumeration;
};

struct Field {
  std::string name;  // may be empty: an unnamed column
  FieldType type = FieldType::kAny;
  std::string format = "default";
  Constraints constraints;
  std::optional<std::vector<std::string>> missing_values;  // overrides the schema's
  // type properties
  std::string decimal_char = ".", group_char;
  bool bare_number = true;
  std::vector<std::string> true_values = {"true", "True", "TRUE", "1"};
  std::vector<std::string> false_values = {"false", "False", "FALSE", "0"};
  // sp's extra properties; see sp-pipeline(7)
  std::string unit, target_unit, standard_name, rename;
  Gas gas;  // properties molarMass and conditions, for units of a mole fraction
  std::string timezone = "UTC";
  Dst dst = Dst::kReject;
  std::optional<int> decimals;
  Role role = Role::kNone;

  // The column's name after sp-transform.
  const std::string& target_name() const { return rename.empty() ? name : rename; }
};

// A column or a quantity with its unit ("595 m") that a derived column is computed from.
struct DerivedInput {
  std::string role;      // what the formula calls it
  std::string column;    // a field's name; where `constant` is empty
  std::string constant;  // a quantity
};

// A column that sp-transform computes from others of its row: see schema_derived.h.
struct Derived {
  // Its name, type (datetime or number), unit, decimals, timezone, dst, standardName and role.
  Field field;
  std::string formula;
  std::vector<DerivedInput> inputs;
};

struct Constant {
  std::string name, value;
};

struct Schema {
  std::string file;    // as the user named it
  std::string sha256;  // of the file's bytes, hexadecimal
  std::vector<Field> fields;
  std::vector<std::string> missing_values = {""};
  std::vector<std::string> primary_key;
  FieldsMatch fields_match = FieldsMatch::kExact;
  // Extra property `constants`: {"sensor_type": "BME280"}: columns that sp-transform adds to each
  // row.
  std::vector<Constant> constants;
  // Extra property `derived`: columns that sp-transform computes and adds behind the fields.
  std::vector<Derived> derived;
  // Extra property `fromName`: a pattern whose named groups sp-transform takes out of the file's
  // name.
  std::string from_name;

  const Field* find(std::string_view name) const;  // by `name`
};

// Throws Error(kConfig): not there, not JSON, not a schema; names file and JSON pointer.
Schema load_schema(const std::string& path);
// The same from a text; `file` is for messages.
Schema parse_schema(std::string_view json, const std::string& file);

const char* type_name(FieldType type);
// Nothing for a name that is not one of the types above.
std::optional<FieldType> find_type(std::string_view name);

}  // namespace sp
