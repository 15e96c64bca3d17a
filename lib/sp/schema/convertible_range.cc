#include "sp/schema/convertible_range.h"

#include <cmath>
#include <limits>

#include "sp/unit/unit.h"

namespace sp {
namespace {

constexpr double kMost = std::numeric_limits<double>::max();

double last_convertible(const UnitConversion& unit, double bound) {
  while (!std::isfinite(unit(bound)) || !std::isfinite(unit(-bound)))
    bound = std::nextafter(bound, 0.0);
  return bound;
}

}  // namespace

std::optional<ConvertibleRange> convertible_range(const Field& field) {
  if (field.target_unit.empty()) return std::nullopt;
  const UnitConversion unit = unit_conversion(field.unit, field.target_unit, field.gas);
  const double most = field.type == FieldType::kInteger ? 0x1p63 : kMost;
  if (std::isfinite(unit(most)) && std::isfinite(unit(-most))) return std::nullopt;
  const double bound =
      last_convertible(unit, (kMost - std::abs(unit.intercept)) / std::abs(unit.slope));
  return ConvertibleRange{-bound, bound};
}

}  // namespace sp
