// Durations in words.
#pragma once

#include <string>

#include "sp-watch/clock.h"

namespace sp::watch {

// "250 ms", "1.5 s", "2 min", "3 h": for people.
std::string format_duration(Millis duration);

}  // namespace sp::watch
