// The numbers of a field that a double can still hold in its targetUnit: 1e300 km are no finite
// number of nanometres.
#pragma once

#include <optional>

#include "sp/schema/schema.h"

namespace sp {

// In the field's unit, both ends included.
struct ConvertibleRange {
  double low = 0, high = 0;
};

// Nothing where the field has no targetUnit, or all numbers of its type can be converted: where the
// new unit is no smaller. Throws Error(kConfig) for units that cannot be converted.
std::optional<ConvertibleRange> convertible_range(const Field& field);

}  // namespace sp
