// What is known of the rows of an input, or of those that came from one file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sp::load {

// In microseconds since 2000-01-01T00:00:00Z.
struct TimeRange {
  std::optional<std::int64_t> first, last;
  void add(std::int64_t micros) {
    if (!first || micros < *first) first = micros;
    if (!last || micros > *last) last = micros;
  }
};

// What the rows said.
struct RowFacts {
  std::uint64_t rows = 0;
  std::uint64_t skipped = 0;  // beside them, of a file that is not loaded
  TimeRange times;            // of the plan's time
  std::string source;         // the first row's column `source`
};

// What became of them.
struct RowNumbers {
  std::uint64_t received = 0;  // = loaded + duplicates
  std::uint64_t loaded = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t conflicts = 0;  // of the duplicates, those with other values
  std::uint64_t skipped = 0;    // beside those received
};

}  // namespace sp::load
