// Whether a schema fits a file, and how well.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <vector>

#include "sp-schema/choose/candidate.h"
#include "sp-schema/choose/header.h"

namespace sp::choose {

// How well a schema fits: the less the better, what stands first weighs most.
struct Rank {
  bool is_unnamed = true;      // the file's name does not hold the schema's
  bool is_by_position = true;  // the file has no header: columns are known by their number alone
  std::size_t misfits = 0;     // there: cells of the first row that are not of their field's type
  bool sets_key = true;        // has a constant where another that fits reads a key of the file
  std::size_t left_over = 0;   // columns of the file that are none of its fields
  std::size_t absent = 0;      // fields that are no columns of the file
  auto operator<=>(const Rank&) const = default;
};

struct Fit {
  const Candidate* candidate = nullptr;
  std::string fault;                 // why it does not fit, or is no schema; empty: it fits
  std::size_t faults = 0;            // how much is wrong, to tell the nearest
  bool is_alien = false;             // then, no column of the file is one of its fields
  bool is_broken = false;            // the schema is wrong, and not the file
  Rank rank;                         // sets_key is false: it is known when all that fit are
  std::vector<std::string> columns;  // of those that fit: the file's, in the order of their names
  std::vector<std::string> keys;     // of those that fit: what the file's key columns become
};

// Reads the file's header in the schema's dialect. Throws what the file throws itself: see
// FileHead.
Fit fit_of(const Candidate& candidate, HeaderReader& headers, const std::string& file);

// Sets sets_key of `fits`, all of which fit.
void compare_keys(std::vector<Fit>& fits);

}  // namespace sp::choose
