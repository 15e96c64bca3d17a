// Which names in the folder are meant for the command.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sp::watch {

class NameFilter {
 public:
  // A name must match one of `globs` (fnmatch(3), a leading dot only by a dot); none: every name.
  explicit NameFilter(std::vector<std::string> globs) : globs_(std::move(globs)) {}
  // Never those that writers use while they write: dotfiles, and names that end in .tmp, .part,
  // .partial or ~.
  bool accepts(const char* name) const;

 private:
  std::vector<std::string> globs_;
};

}  // namespace sp::watch
