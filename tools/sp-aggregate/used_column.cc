#include "sp-aggregate/used_column.h"

#include <algorithm>

namespace sp {

std::size_t used_column(const RecordReader& reader, std::string_view name) {
  const Columns& columns = reader.columns();
  const std::size_t index = columns.require(name, reader.name());
  if (std::count(columns.names().begin(), columns.names().end(), name) > 1) {
    throw Error(ExitCode::kDataErr, "the header has this column more than once",
                {reader.name(), 0, 0, std::string(name)});
  }
  return index;
}

}  // namespace sp
