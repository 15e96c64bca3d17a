#include "sp/table/columns.h"

#include "sp/base/diagnostic.h"
#include "sp/table/name_list.h"

namespace sp {

std::optional<std::size_t> Columns::find(std::string_view name) const {
  return places_.find(name, names_.size(),
                      [this](std::size_t i) -> const std::string& { return names_[i]; });
}

std::size_t Columns::require(std::string_view name, const std::string& file) const {
  if (const auto index = find(name)) return *index;
  throw Error(
      ExitCode::kDataErr,
      "there is no column '" + std::string(name) + "'; the input has: " + shown_names(names_),
      {file, 0, 0, std::string(name)});
}

}  // namespace sp
