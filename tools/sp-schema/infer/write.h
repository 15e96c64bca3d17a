// What was guessed of all columns, as a schema in JSON.
#pragma once

#include <string>
#include <vector>

#include "sp-schema/infer/column.h"
#include "sp/base/json_text.h"
#include "sp/table/columns.h"

namespace sp {

struct InferredSchema {
  const Columns& columns;
  const std::vector<ColumnGuess>& guesses;     // as many
  std::vector<std::vector<std::size_t>> keys;  // that no two rows share, the best first
  JsonObject dialect;                          // empty: none
};

std::string to_json(const InferredSchema& inferred);

}  // namespace sp
