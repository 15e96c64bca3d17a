// The flags of make-sample.
#pragma once

#include <cstdint>

namespace sp::sample {

enum class Kind { kBme280, kSds011 };

struct Options {
  Kind kind = Kind::kBme280;                    // --kind
  std::uint64_t rows = 100'000;                 // --rows
  std::uint64_t bytes = 0;                      // --size: rows until so many bytes; 0: by rows
  std::uint64_t sensors = 56;                   // --sensors
  std::int64_t start = 1'498'867'200;           // --start, seconds since 1970 (2017-07-01)
  std::uint64_t seed = 1;                       // --seed
  std::uint64_t defect_millionths = 1'000'000;  // --defects, 1 is the real file's share
};

// Ends the program where a flag is wrong (64), and after --help.
Options parse_options(int argc, char** argv);

}  // namespace sp::sample
