// The parts of a schema that tell what sp-transform computes: `derived` columns, and the gas of a
// field whose unit is a mole fraction.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sp/schema.h"
#include "sp/schema_node.h"

namespace sp {

// All throw Error(kConfig) that names the schema's file and the JSON pointer.

// `derived`: [{"name": "ts", "formula": "datetime", "inputs": {"date": "day", "time": "clock"},
// …}].
void read_derived(const SchemaNode& node, Schema& schema);
// `conditions`: {"temperature": "20 degC", "pressure": "1013.25 hPa"}.
void read_conditions(const SchemaNode& node, Field& field);
// What the formulas need and the names of the columns, once all else is known; complete_derived()
// is done.
void check_derived(Schema& schema);

// Checks formula and roles, the same for a schema and a flag, and says what is not said: a role
// that is not named is the column of that name, where `column_exists` knows one; field.type, and
// field.unit and decimals where there are none, are the formula's. Throws Error(kConfig) without a
// place for a formula that is not there, and for roles that it does not have, twice has, or lacks.
void complete_derived(Derived& derived,
                      const std::function<bool(const std::string& name)>& column_exists);

// Reads one of the properties that fields have; false for any other name. In schema.cc.
bool read_field_property(std::string_view name, const SchemaNode& node, Field& field);

}  // namespace sp
