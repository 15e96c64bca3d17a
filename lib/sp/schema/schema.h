// A Frictionless Table Schema (v2, v1 accepted) with sp's extra properties, as data.
//
// This is the schema as written: names, types and constraint texts. sp-validate compiles it to
// checks, sp-transform to steps, sp-aggregate to roles. load.h reads it. A construct that no
// tool supports is an Error(kConfig) that names it by its JSON pointer; nothing is ignored silently
// but titles, descriptions and other properties that only people read. Standard:
// https://datapackage.org/standard/table-schema/
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp/base/name_places.h"
#include "sp/time/timestamp.h"
#include "sp/unit/unit.h"

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
  kYear,       // XML Schema's gYear
  kYearmonth,  // XML Schema's gYearMonth
  kDuration,   // XML Schema's duration
  kObject,     // JSON
  kArray,      // JSON
  kList,       // values of `item_type` with `list_delimiter` between them
  kGeopoint,   // formats default ("lon, lat"), array, object
  kGeojson,    // formats default, topojson
};
// What a column tells of its row: see sp-schema(5).
enum class Role {
  kNone,
  kSource,  // the network, the name space of the sensors' keys
  kKey,     // of the sensor; several fields together are one key
  kTime,
  kType,  // model of the sensor
  kLocation,
  kLatitude,
  kLongitude,
  kAltitude,
  kAttribute,
  kMeasure,
  kIgnore
};
enum class FieldsMatch { kExact, kEqual, kSubset, kSuperset, kPartial };

// Constraint values keep their text: their meaning is that of the field's type.
struct Constraints {
  bool required = false;
  bool unique = false;
  std::optional<std::string> minimum, maximum, exclusive_minimum, exclusive_maximum;
  std::optional<std::uint64_t> min_length, max_length;  // Unicode code points
  std::optional<std::string> pattern;
  std::vector<std::string> enumeration;    // JSON texts of arrays and objects, others as in a cell
  std::optional<std::string> json_schema;  // a JSON Schema, as JSON
};

// A value of the property `categories`; the label may be empty.
struct Category {
  std::string value, label;
};

struct Field {
  std::string name;                // may be empty: an unnamed column
  std::string title, description;  // for people
  FieldType type = FieldType::kAny;
  std::string format = "default";
  Constraints constraints;
  std::optional<std::vector<std::string>> missing_values;   // overrides the schema's
  std::optional<std::vector<std::string>> missing_numbers;  // overrides the schema's
  // type properties
  std::string decimal_char = ".", group_char;
  bool bare_number = true;
  std::vector<std::string> true_values = {"true", "True", "TRUE", "1"};
  std::vector<std::string> false_values = {"false", "False", "FALSE", "0"};
  std::string list_delimiter = ",";          // property `delimiter` of a list
  FieldType item_type = FieldType::kString;  // of a list
  std::vector<Category> categories;          // of a string or integer; empty: none
  std::optional<bool> categories_ordered;
  // sp's extra properties; see sp-schema(5)
  std::string unit, target_unit, standard_name, rename;
  Gas gas;  // properties molarMass and conditions, for units of a mole fraction
  std::string timezone = "UTC";
  Dst dst = Dst::kReject;
  bool hour24 = false;  // of a time or datetime: 24:00 is the end of its day
  std::optional<int> decimals;
  Role role = Role::kNone;
  bool invalid_is_missing = false;       // property onInvalid: what is not valid is missing
  std::vector<std::string> keep_values;  // rows with another text are left out; empty: none is

  // The column's name after sp-transform.
  const std::string& target_name() const { return rename.empty() ? name : rename; }
};

// A column or a quantity with its unit ("595 m") that a derived column is computed from.
struct DerivedInput {
  std::string role;      // what the formula calls it
  std::string column;    // a field's name; where `constant` is empty
  std::string constant;  // a quantity
};

// A column that sp-transform computes from others of its row: see derived.h.
struct Derived {
  // Its name, type (datetime or number), unit, decimals, timezone, dst, hour24, standardName and
  // role.
  Field field;
  std::string formula;
  std::vector<DerivedInput> inputs;
};

struct Constant {
  std::string name, value;
};

// A column that `spread` makes, of the values of the field `values`.
struct SpreadField {
  // Its `name` is the text by which rows are known that hold such a value. Constraints are those of
  // its values, and the rest of a field's properties that a number has after it was read.
  Field field;
  // How the file writes `unit`; none: in any spelling of UDUNITS-2.
  std::optional<std::string> unit_text;
};

// From long to wide: rows that hold one value each become one for all whose other columns are the
// same.
struct Spread {
  // Fields; after loading, by their names after sp-transform. The column of the units may be
  // absent.
  std::string names, values, units;
  std::vector<SpreadField> fields;
  std::size_t open_rows = 100'000;  // which are kept for values that come later
};

// From wide to long: each value of `fields` becomes a row of its own.
struct Melt {
  std::vector<std::string> fields;  // after loading, by their names after sp-transform
  Field names, values;              // the columns that it makes
  Field units;                      // without a name: none
  // Of some of the fields, by the same names: in which zone the times of their rows are, whatever
  // the columns of the times say.
  std::map<std::string, std::string, std::less<>> timezones;
};

// Values of `fields` must be values of `reference_fields` in a row of the same file.
struct ForeignKey {
  std::vector<std::string> fields, reference_fields;  // as many
};

struct Schema {
  std::string file;                // as the user named it
  std::string title, description;  // for people
  std::string sha256;              // of the file's bytes, hexadecimal
  std::vector<Field> fields;
  std::vector<std::string> missing_values = {""};
  // Extra property `missingNumbers`, of schema and field: [-200, -999.9]. In a field of a numeric
  // type a cell that reads as one of these numbers is missing, however it is written: -200 and
  // -200,0 alike. See MissingValues.
  std::vector<std::string> missing_numbers;
  std::vector<std::string> primary_key;
  std::vector<std::vector<std::string>> unique_keys;
  std::vector<ForeignKey> foreign_keys;
  FieldsMatch fields_match = FieldsMatch::kExact;
  // Extra property `constants`: {"sensor_type": "BME280"}: columns that sp-transform adds to each
  // row.
  std::vector<Constant> constants;
  // Extra property `derived`: columns that sp-transform computes and adds after the fields.
  std::vector<Derived> derived;
  // Extra properties `spread` and `melt`, of which a schema has one: other rows that sp-transform
  // makes of the file's.
  std::optional<Spread> spread;
  std::optional<Melt> melt;
  // Extra property `fromName`: a pattern whose named groups sp-transform takes out of the file's
  // name.
  std::string from_name;
  // Property `dialect`, a Table Dialect in JSON; empty: none. apply_schema_dialect() uses it.
  std::string dialect;

  // The first field whose `name` it is. Names must not change once this has been asked.
  const Field* find(std::string_view name) const;
  // The field that the input of a derived column means: by its name in the file, or else by its
  // name after sp-transform. Null where there is none.
  const Field* find_source(std::string_view name) const;

 private:
  NamePlaces places_, renames_;
};

// Whether a zone says which point in time its values are: not where they count seconds.
bool has_zone(const Field& field);
// Of date, time and datetime; nothing for other types.
std::optional<TimeKind> time_kind(FieldType type);
const char* type_name(FieldType type);
const char* role_name(Role role);  // "" for none
// Nothing for a name that is not one of the types above.
std::optional<FieldType> find_type(std::string_view name);

}  // namespace sp
