// The sound rows of an input, and that they are the same when they have been written and read
// again.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sp/table/record_reader.h"

namespace sp::fuzz {

struct Table {
  Columns columns;
  std::vector<std::vector<std::pair<std::string, CellKind>>> rows;
};

// All rows up to the end or to an error, but those with a defect or another number of cells.
Table sound_rows(RecordReader& reader);

// Writes the table as CSV with that delimiter and as NDJSON, reads both, and wants the same texts;
// where `typed` the same kinds too.
void check_round_trip(const Table& table, char delimiter, bool typed);

}  // namespace sp::fuzz
