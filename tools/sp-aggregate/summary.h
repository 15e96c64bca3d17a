// What a run has found out so far: for each group and quantity the state of its statistics.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sp-aggregate/accumulator.h"
#include "sp/base/chunked_vector.h"
#include "sp/base/key_table.h"
#include "sp/table/record.h"
#include "sp/time/timestamp.h"

namespace sp {

// From the earliest to the latest time at which a value was measured (UTC).
struct Seen {
  Timestamp first{INT64_MAX, 0};
  Timestamp last{INT64_MIN, 0};
  void add(const Timestamp& time) {
    if (time < first) first = time;
    if (time > last) last = time;
  }
  void merge(const Seen& other) {
    if (other.first < first) first = other.first;
    if (other.last > last) last = other.last;
  }
};

struct Quantity {
  std::string name;
  std::string unit;  // empty where it is not known
};

// The state of one quantity in one group. A quantity without a single value in a group has none.
struct Entry {
  std::uint32_t group;     // in Summary::groups
  std::uint32_t quantity;  // in Summary::quantities
  std::size_t slot;        // in Summary::moments, extras and seen
};

struct Summary {
  // The shape, known with the first input's columns.
  std::vector<std::string> by;  // names of the columns whose values make the groups
  bool windowed = false;        // a group is also one window of time
  bool has_unit = false;
  bool has_extras = false;      // `extras` is filled
  bool has_directions = false;  // some quantities are directions; `extras` has their sums
  bool has_seen = false;        // `seen` is filled
  // Units belong to a quantity, except where partial states bring their own: then to a slot.
  std::vector<Quantity> quantities;

  // A key holds a text for each of `by`, then the window's first second where `windowed`.
  KeyTable groups;
  std::vector<CellKind> kinds;  // of the key's cells where the group appeared first; by.size() each

  ChunkedVector<Moments> moments;
  std::vector<Extras> extras;
  std::vector<Seen> seen;
  std::vector<std::uint32_t> units;  // of the slots, in `unit_names`; empty where quantities tell
  KeyTable unit_names;

  std::vector<Entry> entries;  // by group, then by quantity; filled when all is read

  std::string_view unit_of(const Entry& entry) const {
    return units.empty() ? std::string_view(quantities[entry.quantity].unit)
                         : unit_names.key(units[entry.slot]);
  }
};

// Brings the entries into the order of the output: groups by first appearance or, with `sort`, by
// key.
void order_entries(Summary& summary, bool sort);

}  // namespace sp
