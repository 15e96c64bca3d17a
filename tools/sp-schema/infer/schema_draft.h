// A schema while it is made: what is known of the input, and what was decided so far. Each step
// that decides takes it and leaves its part in `schema`, `guesses` or `remarks`.
#pragma once

#include <string>
#include <vector>

#include "sp-schema/infer/column.h"
#include "sp-schema/infer/dialect.h"
#include "sp-schema/infer/remarks.h"
#include "sp/base/json_text.h"
#include "sp/schema/schema.h"
#include "sp/table/columns.h"

namespace sp {

// A column that holds a part of a date-time, such as the hour: see sp-schema(5), `derived`.
struct TimePiece {
  std::string role;
  std::size_t column;
};

struct SchemaDraft {
  Columns columns;
  std::vector<ColumnGuess> guesses;            // as many
  FileShape shape;                             // of the first file
  std::vector<std::vector<std::size_t>> keys;  // that no two rows share, the best first
  JsonObject dialect;                          // empty: none
  std::string source;                          // --source NAME; empty: none
  std::vector<TimePiece> pieces;               // of the time of each row; empty: it is in one
  Schema schema;                               // its fields are the columns, in their order
  Remarks remarks;

  // What the row of units has for a column; empty where there is none.
  std::string unit_text(std::size_t column) const {
    return column < shape.units.size() ? shape.units[column] : "";
  }
};

}  // namespace sp
