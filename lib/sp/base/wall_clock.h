// The wall clock, for what people read and for what outlives a process; it may jump.
#pragma once

#include <cstdint>
#include <string>

namespace sp {

// Milliseconds since 1970-01-01T00:00:00Z.
std::int64_t wall_ms();
// 2025-01-31T10:15:00.123Z; years 0 to 9999.
std::string rfc3339(std::int64_t wall_ms);

}  // namespace sp
