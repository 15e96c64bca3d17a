#include "sp/table/columns.h"

#include "sp/base/diagnostic.h"
#include "sp/base/nfc.h"
#include "sp/table/name_list.h"

namespace sp {

std::optional<std::size_t> Columns::find(std::string_view name) const {
  return places_.find(nfc(name), names_.size(),
                      [this](std::size_t i) -> const std::string& { return names_[i]; });
}

std::size_t Columns::require(std::string_view name, const std::string& file) const {
  if (const auto index = find(name)) return *index;
  throw Error(ExitCode::kDataErr,
              "there is no column '" + std::string(name) +
                  "'; the input has: " + shown_names(names_) + advice(),
              {file, 0, 0, std::string(name)});
}

void Columns::require_all(const std::vector<std::string>& names, const std::string& file) const {
  std::vector<std::string> absent;
  for (const std::string& name : names) {
    if (!find(name)) absent.push_back(name);
  }
  if (absent.empty()) return;
  if (absent.size() == 1) require(absent.front(), file);
  throw Error(ExitCode::kDataErr,
              "there are no columns " + shown_names(absent) +
                  "; the input has: " + shown_names(names_) + advice(),
              {file, 0, 0, absent.front()});
}

}  // namespace sp
