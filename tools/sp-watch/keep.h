// How much of a folder is kept: --keep-done and its like.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sp-watch/clock.h"

namespace sp::watch {

// Exactly one of the two is not 0.
struct Keep {
  Millis age{0};            // files that came into the folder longer ago than that leave it
  std::uint64_t files = 0;  // all but so many that came last leave it
  std::string text;         // as the flag has it
};

// "30d" or "1000files". Nothing where it is neither; a number alone, too, which might be meant as
// either, and what leaves is gone.
std::optional<Keep> parse_keep(const std::string& text);

}  // namespace sp::watch
