#include "sp-load/ledger/file_place.h"

#include "sp-load/ledger/required_reports.h"

namespace sp::load {

std::string name_of_stream(const LoadOptions& options) {
  const std::string name = source_name(options);
  return name.empty() ? "-" : "the rows received of " + name;
}

Location in_file(const LoadOptions& options, Location where) {
  const std::string name = source_name(options);
  const bool is_told = where.row != 0 && !name.empty() && options.source_column.empty() &&
                       where.file == name_of_stream(options);
  if (!is_told) return where;
  const auto places = places_passed(options.required_reports);
  if (!places) return where;
  const RowPlace place = find_place(*places, where.row);
  if (place.row == 0) return where;
  return {name, place.row, place.line, where.field};
}

}  // namespace sp::load
