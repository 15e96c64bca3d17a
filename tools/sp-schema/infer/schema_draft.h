// A schema while it is made: what is known of the input, and what was decided so far. Each step
// that decides takes it and leaves its part in `schema`, `guesses` or `remarks`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sp-schema/infer/column/column.h"
#include "sp-schema/infer/layout/dialect.h"
#include "sp-schema/infer/long/long_rows.h"
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
  // See GuessedKeys.
  std::function<std::optional<std::uint64_t>(const std::vector<std::size_t>&)> repeated;
  std::vector<std::size_t> primary_key;  // the one of these that is taken
  std::string source;                    // --source NAME; empty: none
  std::optional<LongRows> long_rows;     // what was seen of rows that hold one value each
  std::vector<std::size_t> reading;      // columns of which those of a reading are the same;
                                         // empty: each row is one
  std::vector<TimePiece> pieces;         // of the time of each row; empty: it is in one
  Schema schema;                         // its fields are the columns, in their order
  Remarks remarks;

  // What the row of units has for a column; empty where there is none.
  std::string unit_text(std::size_t column) const {
    return column < shape.units.size() ? shape.units[column] : "";
  }
};

}  // namespace sp
