#include "sp/columns.h"

#include <algorithm>

#include "sp/diagnostic.h"

namespace sp {

std::optional<std::size_t> Columns::find(std::string_view name) const {
  const auto it = std::find(names_.begin(), names_.end(), name);
  if (it == names_.end()) return std::nullopt;
  return static_cast<std::size_t>(it - names_.begin());
}

std::size_t Columns::require(std::string_view name, const std::string& file) const {
  if (const auto index = find(name)) return *index;
  std::string there;
  for (const std::string& column : names_) {
    if (!there.empty()) there += ", ";
    there += column.empty() ? std::string("(unnamed)") : column;
  }
  throw Error(ExitCode::kDataErr,
              "there is no column '" + std::string(name) + "'; the input has: " + there,
              {file, 0, 0, std::string(name)});
}

}  // namespace sp
