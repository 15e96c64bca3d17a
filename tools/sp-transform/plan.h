// Which columns come out of an input's columns, and by which steps.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sp-transform/derivation.h"
#include "sp-transform/options.h"
#include "sp-transform/step.h"
#include "sp/schema/missing_values.h"
#include "sp/schema/schema.h"
#include "sp/table/columns.h"

namespace sp {

struct Reshape;

// What a column is where rows of several become one, or of one several.
enum class Part {
  kKept,
  kName,   // of the quantity
  kValue,  // of spread the one column, of melt each that is taken apart
  kUnit
};

// What stands for a column of times in rows of another zone.
struct ZonedTime {
  std::size_t column;  // of the plan
  std::unique_ptr<Derivation> time;
};

struct OutputColumn {
  std::string name;
  std::optional<std::size_t> input;  // index of the column that it comes from; none: one of these
  std::unique_ptr<Derivation> derived;
  std::string constant;                  // where there is no `derived`
  std::unique_ptr<Step> step;            // none: the value stays as it is
  std::optional<MissingValues> missing;  // texts that become empty; none: no text does
  std::optional<CellKind> kind;          // what the schema says that it is; none: as in the input
  bool is_integer = false;               // by the schema
  bool is_time = false;                  // a date or a time
  std::string unit;                      // after the step, for other rows; may be empty
  Part part = Part::kKept;
  std::shared_ptr<std::vector<ZonedTime>>
      times;  // in rows that are melted of it; null: as they are
};

// Schema first, then the flags in this order, each naming columns as the steps before left them:
// --rename, --derive, --utc, --unit and --normalize, --round, --from-name, --row-number,
// --line-number, --tag, --drop, --select; `reshape` last.
// Throws Error: kUsage for a flag that names no column or cannot be done to it, kConfig for what
// the schema asks and cannot be done, kDataErr where names of the input collide or the file's name
// is not what it should be.
std::vector<OutputColumn> make_plan(const TransformOptions& options, const Schema* schema,
                                    const Reshape& reshape, const Columns& columns,
                                    const std::string& file);

}  // namespace sp
