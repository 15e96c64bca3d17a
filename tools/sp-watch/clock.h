// Time as sp-watch uses it: a clock that never jumps for waiting, and the wall clock only for what
// people read and for what must outlive the process.
#pragma once

#include <chrono>
#include <cstdint>

#include "sp/base/wall_clock.h"

namespace sp::watch {

using Millis = std::chrono::milliseconds;
using TimePoint = std::chrono::steady_clock::time_point;

inline TimePoint now() { return std::chrono::steady_clock::now(); }

// Returns when the clock by which the kernel stamps files has moved on from `file_time_ns`, some
// milliseconds at most: whatever is written later then shows in the file's times. A time that is
// still ahead after 20 ms is of another clock and not waited for.
void outwait(std::int64_t file_time_ns);

}  // namespace sp::watch
