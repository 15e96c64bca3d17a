// Time as sp-watch uses it: a clock that never jumps for waiting, and the wall clock only for what
// people read and for what must outlive the process.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace sp::watch {

using Millis = std::chrono::milliseconds;
using TimePoint = std::chrono::steady_clock::time_point;

inline TimePoint now() { return std::chrono::steady_clock::now(); }
// Milliseconds since 1970-01-01T00:00:00Z by the wall clock.
std::int64_t wall_ms();
// 2025-01-31T10:15:00.123Z
std::string rfc3339(std::int64_t wall_ms);

}  // namespace sp::watch
