// Durations as flags give them: 500ms, 5s, 2m, 1h, 7d; a number alone is seconds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sp-watch/clock.h"

namespace sp::watch {

// Nothing where `text` is not a duration, is negative, or is longer than ten years.
std::optional<Millis> parse_duration(std::string_view text);
// "250 ms", "1.5 s", "2 min", "3 h": for people.
std::string format_duration(Millis duration);

}  // namespace sp::watch
