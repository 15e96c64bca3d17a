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
  std::uint64_t expired = 0;  // of them: older than what is kept
  TimeRange times;            // of the plan's time, but for those that are expired
  std::string source;         // who published the rows; "": not known, or several
  bool has_sources = false;   // several
};

// What became of them.
struct RowNumbers {
  std::uint64_t received = 0;  // = loaded + known + kept_out + replaced + expired
  std::uint64_t loaded = 0;
  std::uint64_t completed = 0;  // of the loaded: set values where a row that was there had none
  std::uint64_t known = 0;      // there already, with the same values
  std::uint64_t kept_out = 0;   // there already with other values, which stayed
  std::uint64_t replaced = 0;   // there already with other values, which gave way
  std::uint64_t expired = 0;    // of months that were dropped
  std::uint64_t skipped = 0;    // beside those received: of files that are not loaded

  std::uint64_t conflicts() const { return kept_out + replaced; }
  void add(const RowNumbers& other);
};

}  // namespace sp::load
