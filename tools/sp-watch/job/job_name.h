// The name under which a file is worked on and kept, made from the name under which it came.
//
// A job's name is valid UTF-8 without control characters, double quotes and backslashes, so that it
// is the same in a JSON text, a database, a terminal and a script; such bytes become %XX. It is at
// most kMaxJobName bytes, so that the endings of what lies beside a file (.errors.ndjson) fit, and
// it never ends like one of those. Everything else stays as it came, spaces and a leading dash too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sp::watch {

inline constexpr std::size_t kMaxJobName = 224;  // bytes; a file system takes 255

// What may lie beside NAME in quarantine/ and failed/.
inline constexpr std::string_view kErrorsEnding = ".errors.ndjson";
inline constexpr std::string_view kReasonEnding = ".reason.json";

// The `n`th name (from 0) to try for `file`: as it is; with the time before its ending,
// x.20250131T101500.123Z.csv; with a number too, x.20250131T101500.123Z-2.csv.
std::string job_name(std::string_view file, std::int64_t wall_ms, unsigned n);

}  // namespace sp::watch
