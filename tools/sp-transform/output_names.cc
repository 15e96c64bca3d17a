#include "sp-transform/output_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "sp/base/diagnostic.h"

namespace sp {

void check_output_names(const Drafts& drafts, const Reshape& reshape) {
  std::vector<std::pair<std::string_view, Origin>> names;
  for (const Draft& draft : drafts.all()) {
    if (draft.column.part == Part::kKept) names.emplace_back(draft.column.name, draft.origin);
  }
  const std::vector<std::string> made = made_columns(reshape);
  const Origin maker = reshape.is_of_flag ? Origin::kFlag : Origin::kSchema;
  for (const std::string& name : made) names.emplace_back(name, maker);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(
      names.begin(), names.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twice == names.end()) return;
  // Sorted, the input's name comes first: another input may do, so that it is the one to blame.
  throw Error(twice->second == Origin::kInput        ? ExitCode::kDataErr
              : (twice + 1)->second == Origin::kFlag ? ExitCode::kUsage
                                                     : ExitCode::kConfig,
              fmt::format("two columns of the output would be called '{}'; give one another name "
                          "with --rename, or leave one out with --drop",
                          twice->first),
              {drafts.file(), 0, 0, std::string(twice->first)});
}

}  // namespace sp
