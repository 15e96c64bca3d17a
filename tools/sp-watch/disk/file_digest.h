// What tells the bytes of a file that ended badly from those of others.
#pragma once

#include <string>

namespace sp::watch {

// SHA-256 of what the descriptor is open on, from its beginning, in hexadecimal digits; its offset
// stays. Empty where it holds more than 4 MiB, for files wait meanwhile, or cannot be read.
std::string sha256_of_small(int fd);

}  // namespace sp::watch
