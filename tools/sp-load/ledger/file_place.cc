#include "sp-load/ledger/file_place.h"

#include "sp-load/ledger/required_reports.h"

namespace sp::load {

std::string name_of_stream(const LoadOptions& options) {
  return options.sources.size() == 1 ? "the rows received of " + options.sources[0] : "-";
}

Location in_file(const LoadOptions& options, Location where) {
  const bool is_told = where.row != 0 && options.sources.size() == 1 &&
                       options.source_column.empty() && where.file == name_of_stream(options);
  if (!is_told) return where;
  const auto places = places_passed(options.required_reports);
  if (!places) return where;
  const RowPlace place = find_place(*places, where.row);
  if (place.row == 0) return where;
  return {options.sources[0], place.row, place.line, where.field};
}

}  // namespace sp::load
