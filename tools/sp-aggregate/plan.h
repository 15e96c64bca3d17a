// Which columns are keys, time and values: flags first, then the roles that a schema gives.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sp-aggregate/options.h"
#include "sp-aggregate/time_column.h"
#include "sp/schema/missing_values.h"
#include "sp/schema/schema.h"
#include "sp/table/columns.h"

namespace sp {

// One column to summarise.
struct ValueColumn {
  std::string name;  // in the input, and as `quantity` in the output
  std::string unit;
  double circle = 0;      // of directions; see full_circle()
  bool may_lack = false;  // an input without it has no such values
  MissingValues missing{{""}};
};

// One column of the key. Integers that are written in several ways are one: 007 and 7.
struct KeyColumn {
  std::string name;
  bool is_integer = false;
};

struct Plan {
  std::vector<KeyColumn> by;
  std::optional<TimeColumn> time;  // only where there are windows
  std::vector<ValueColumn> values;
};

// The plan for an input with these columns, named `file` in messages. A field of the schema is
// looked for under the name that sp-transform gives it, then under its own. Throws Error: kUsage
// where neither flags nor roles name a column to summarise, kConfig for a field that must be
// transformed first.
Plan make_plan(const AggregateOptions& options, const Schema* schema, const Columns& columns,
               const std::string& file);

// In which the times of the schema's files are. Throws Error(kConfig) where no single field has the
// role time.
std::string zone_of_times(const Schema& schema);

}  // namespace sp
