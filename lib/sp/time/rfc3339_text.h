// Points in time as text for logs and databases.
#pragma once

#include <cstdint>
#include <string>

namespace sp {

// 2025-01-31T10:15:00.123456Z, of microseconds since 1970-01-01T00:00:00Z; years as format_utc().
std::string rfc3339_micros(std::int64_t micros);

}  // namespace sp
