#include "sp-watch/name_filter.h"

#include <fnmatch.h>

#include <algorithm>
#include <string_view>

namespace sp::watch {
namespace {

constexpr std::string_view kUnfinished[] = {".tmp", ".part", ".partial", "~"};

}  // namespace

bool NameFilter::accepts(const char* name) const {
  const std::string_view text = name;
  if (text.starts_with('.')) return false;
  if (std::any_of(std::begin(kUnfinished), std::end(kUnfinished),
                  [&](std::string_view ending) { return text.ends_with(ending); })) {
    return false;
  }
  return globs_.empty() || std::any_of(globs_.begin(), globs_.end(), [&](const std::string& glob) {
           return ::fnmatch(glob.c_str(), name, FNM_PERIOD) == 0;
         });
}

}  // namespace sp::watch
