// The ways to read a cell that a column may have: types with their formats, the likeliest first.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp/schema/number_format.h"
#include "sp/schema/schema.h"
#include "sp/table/record.h"
#include "sp/time/time_format.h"

namespace sp {

// A value's place among those of its column.
struct Rank {
  std::int64_t whole = 0;                         // seconds of a time
  double part = 0;                                // nanoseconds, or a number
  auto operator<=>(const Rank&) const = default;  // NOLINT(modernize-use-nullptr): none is written
};

// A cell that was read.
struct Reading {
  Rank rank;                // where there is an order
  bool has_offset = false;  // of a time: it says how far it is from UTC
  bool is_padded = false;   // a number with zeros before it, which may be a name: 007
};

class Candidate {
 public:
  explicit Candidate(Field field);
  const Field& field() const { return field_; }
  bool is_numeric() const;
  bool is_ordered() const { return time_ || is_numeric(); }
  // Of a boolean.
  bool is_true(std::string_view text) const;
  // Whether numbers are meant that count or write times, of which the column's name has to say so.
  bool wants_name() const;
  // Whether a column of that name may hold such numbers.
  bool is_named(std::string_view name) const;
  // Of such numbers that are times from `first` to `last` and have from `shortest` to `longest`
  // digits.
  bool is_plausible(std::int64_t first, std::int64_t last, std::size_t shortest,
                    std::size_t longest) const;
  // Nothing where `text` cannot be read so.
  std::optional<Reading> read(std::string_view text, CellKind kind);

 private:
  bool read_time(std::string_view text, Reading& reading);
  bool read_number(std::string_view text, Reading& reading);
  Field field_;
  NumberFormat number_;
  std::optional<TimeFormat> time_;
};

// All of them; an index among them is below 2^16.
std::vector<Candidate>& candidates();

}  // namespace sp
