// Four short numbers read at once: what a row's measures nearly always are.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace sp {

inline constexpr std::size_t kFour = 4;

// Reads cells of a record (Record::kReadable) as parse_double does where they are at most eight
// characters: a minus or none, digits, at most one point. Bit i of the result tells that values[i]
// is that of cells[i]; all others are for parse_double.
using ParseFour = unsigned (*)(const std::array<std::string_view, kFour>& cells, double* values);

struct FourParser {
  std::string_view name;
  ParseFour parse;
};

// Those that this processor can run, the fastest first; the last is always "scalar".
std::vector<FourParser> four_parsers();

}  // namespace sp
