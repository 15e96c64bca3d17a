// The part of a schema that tells what sp-transform computes: `derived` columns.
#pragma once

#include <functional>
#include <string>

#include "sp/json/json_node.h"
#include "sp/schema/schema.h"

namespace sp {

// All throw Error(kConfig) that names the schema's file and the JSON pointer.

// `derived`: [{"name": "ts", "formula": "datetime", "inputs": {"date": "day", "time": "clock"},
// …}].
void read_derived(const JsonNode& node, Schema& schema);
// Of one of them.
bool is_derived_property(std::string_view name);
// What the formulas need and the names of the columns, once all else is known; complete_derived()
// is done.
void check_derived(Schema& schema);

// Checks formula and roles, the same for a schema and a flag, and says what is not said: a role
// that is not named is the column of that name, where `column_exists` knows one; field.type, and
// field.unit and decimals where there are none, are the formula's. Throws Error(kConfig) without a
// place for a formula that is not there, and for roles that it does not have, twice has, or lacks.
void complete_derived(Derived& derived,
                      const std::function<bool(const std::string& name)>& column_exists);

}  // namespace sp
