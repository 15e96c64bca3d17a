// The version of the tools.
#pragma once

namespace sp {

extern const char* const kVersion;  // "1.2.3"

}  // namespace sp
