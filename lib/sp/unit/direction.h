// Quantities that are directions: numbers on a circle, whose 359 and 1 lie next to each other.
#pragma once

#include <string>

namespace sp {

// What a full circle is in `unit`, for values of the CF standard name `standard_name`; 0 where they
// are no directions. CF names directions "wind_from_direction", "sea_water_velocity_to_direction".
// http://cfconventions.org/Data/cf-standard-names/
double full_circle(const std::string& standard_name, const std::string& unit);

}  // namespace sp
