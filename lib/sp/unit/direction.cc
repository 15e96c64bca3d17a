#include "sp/unit/direction.h"

#include <numbers>

#include "sp/unit/unit.h"

namespace sp {

double full_circle(const std::string& standard_name, const std::string& unit) {
  if (!standard_name.ends_with("_direction")) return 0;
  if (is_same_unit(unit, "degree")) return 360;
  return is_same_unit(unit, "radian") ? 2 * std::numbers::pi : 0;
}

}  // namespace sp
