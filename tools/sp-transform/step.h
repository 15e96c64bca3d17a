// What is done to one cell of a row on its way: a step takes the text and gives another.
//
// The text that a step gives belongs to the step (or is its input) and is valid until it is applied
// again. A step throws nothing for bad values: it says so, and the caller knows where that was.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp/schema/schema.h"
#include "sp/table/record.h"
#include "sp/unit/unit.h"

namespace sp {

class Step {
 public:
  virtual ~Step() = default;
  // False where `text` (never empty) cannot be what the step takes.
  virtual bool apply(std::string_view text, std::string_view& out) = 0;
  // Why it could not take the last text, to follow that in a message: "is not a number".
  virtual std::string refusal() const = 0;
  // What the result is, for a format that knows types.
  virtual CellKind gives() const = 0;
};

// Where a scale has its 0, and how far from it its 1.
struct Scale {
  double origin = 0;
  double width = 1;
  double operator()(double value) const { return (value - origin) / width; }
  bool is_identity() const { return origin == 0 && width == 1; }
};

// What is asked of a column's numbers, in this order: another unit, another scale, rounding.
struct NumberChange {
  UnitConversion unit;
  Scale scale;
  std::optional<int> decimals;  // none: the shortest text that reads back the same
  bool keeps_values() const { return unit.is_identity() && scale.is_identity(); }
  bool is_needed() const { return decimals || !keeps_values(); }
};

// One step each; `field` tells how the input writes such values (a default Field: as lib/sp does).
std::unique_ptr<Step> number_step(const NumberChange& change, const Field& field);
std::unique_ptr<Step> time_step(const Field& field);     // datetime to RFC 3339 in UTC; date; time
std::unique_ptr<Step> boolean_step(const Field& field);  // to true and false

}  // namespace sp
