// What csv_reader.h says, one byte at a time and with no thought of speed: the answer that every
// scanner must give.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sp::fuzz {

struct ModelRow {
  std::string_view raw;                   // with its line end
  std::vector<std::string_view> encoded;  // without it
  std::vector<std::string> cells;
  std::uint64_t line = 1;
  bool defect = false;  // text after a closing quote, or bytes that are not UTF-8
};

struct ModelCsv {
  std::vector<ModelRow> rows;  // the first is the header
  std::string_view unclosed;   // the last row, where a quote in it is never closed
};

// Views are of `text`, which has no byte-order mark any more.
ModelCsv read_by_hand(std::string_view text, char delimiter);

}  // namespace sp::fuzz
