// The version of the tools.
#pragma once

namespace sp {

extern const char* const kVersion;  // "0.1.0"

}  // namespace sp
