// Which columns of an input tell what of their sensor, by the roles that a schema gives them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sp/schema/schema.h"
#include "sp/table/columns.h"

namespace sp::load {

// A column of sp.reading that holds what was measured.
struct Quantity {
  std::string name;
  std::string kind;  // number, boolean, text
  std::string unit, standard_name;
  // Of a direction: what a full circle is in its unit; 0 of all others.
  double circle() const;
};

struct NetworkPlan {
  struct KeyField {
    std::size_t column = 0;
    bool is_integer = false;
  };
  std::size_t source = 0;
  std::vector<KeyField> key;
  std::optional<std::size_t> time, type, location, latitude, longitude, altitude;
  bool is_location_integer = false;
  // What each column of the input becomes in sp.reading; "": none of its own.
  std::vector<std::string> targets;
  std::vector<Quantity> quantities;   // of those columns
  std::vector<std::string> left_out;  // columns that are no fields of the schema
};

// Of the schema alone: throws Error(kConfig) where it names no source, key or time.
void check_network(const Schema& schema);

// Of rows that sp-transform has written by the schema. Throws Error(kDataErr) where the source or a
// field of the key is not there. `file_column` is the one that names the file of each row, or "".
NetworkPlan plan_network(const Schema& schema, const Columns& input, const std::string& file,
                         const std::string& file_column);

// Of states that sp-aggregate has made of such rows: `source` and `key` alone.
NetworkPlan plan_states(const Schema& schema, const Columns& input, const std::string& file);

}  // namespace sp::load
