// What an input's beginning looks like, read in one way: rows and their measures, by which one way
// is better than another.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp/table/record_reader.h"

namespace sp {

struct Trial {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;
  double sound = 0;          // part of the rows that are as wide as the header, or all by one wider
                             // with a number before them or a delimiter at their end
  double values = 0;         // part of the cells that look like numbers or times
  bool is_numbered = false;  // the rows, 1, 2, 3, in a cell before those that the header names
  std::size_t defects = 0;   // rows that the reader calls defective
  std::string defect;        // what it says of the first
  bool is_good() const;
};

// The beginning of `head` as `options` read it. Nothing where it cannot be read so at all.
std::optional<Trial> try_out(std::string_view head, const ReadOptions& options);

bool has_digit(std::string_view text);
// Made of what numbers and times are made of.
bool looks_like_value(std::string_view text);
// One of kMissingMarkers.
bool is_missing(const std::string& cell);
bool is_blank(const std::vector<std::string>& row);
bool has_value(const std::vector<std::string>& row);

}  // namespace sp
