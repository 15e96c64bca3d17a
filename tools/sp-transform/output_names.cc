#include "sp-transform/output_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "sp/base/diagnostic.h"

namespace sp {

void check_output_names(const std::vector<Draft>& drafts, const TransformOptions& options,
                        const std::string& file) {
  std::vector<std::pair<std::string_view, Origin>> names;
  for (const Draft& draft : drafts) {
    if (options.melt && draft.column.is_value) continue;
    if (options.spread && is_long_column(draft.column.name)) continue;
    names.emplace_back(draft.column.name, draft.origin);
  }
  if (options.melt) {
    for (const char* name : kLongColumns) names.emplace_back(name, Origin::kFlag);
  }
  if (options.spread) {
    for (const std::string& name : options.values) names.emplace_back(name, Origin::kFlag);
  }
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
              {file, 0, 0, std::string(twice->first)});
}

}  // namespace sp
