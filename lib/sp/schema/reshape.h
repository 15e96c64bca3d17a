// The parts of a schema that tell which other rows sp-transform makes of a file's: `spread` and
// `melt`.
#pragma once

#include <string>
#include <string_view>

#include "sp/json/json_node.h"
#include "sp/schema/schema.h"

namespace sp {

inline constexpr std::size_t kMostOpenRows = 10'000'000;

// All throw Error(kConfig) that names the schema's file and the JSON pointer.

// {"names": "parameter", "values": "value", "units": "unit", "fields": [{"name": "pm10", …}, …]}
void read_spread(const JsonNode& node, Schema& schema);
// {"fields": ["A", "B"], "names": {"name": "station", …}, "values": {"name": "pm10", …}}
void read_melt(const JsonNode& node, Schema& schema);
bool is_spread_property(std::string_view name);
bool is_spread_field_property(std::string_view name);
bool is_melt_property(std::string_view name);
// Whether it is probably a misspelling of one of these.
bool resembles_spread_property(std::string_view name);
bool resembles_melt_property(std::string_view name);
bool is_melt_column_property(std::string_view name);  // of `names`, `values` and `units`

// What they need and what they leave open, once all else is known: names become those after
// sp-transform, melt's fields the measures where none are named; types, and units that are those of
// a field.
void check_reshape(Schema& schema);

}  // namespace sp
