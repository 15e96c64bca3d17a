// What a file's name says: the named groups of a pattern in RE2's syntax, "_(?P<sensor_id>\d+)_".
#pragma once

#include <re2/re2.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sp/base/diagnostic.h"

namespace sp {

class FileNamePattern {
 public:
  // Throws Error(code) for a pattern that RE2 cannot read, or that has no named group.
  FileNamePattern(const std::string& pattern, ExitCode code);
  // The groups' names, in the order in which they stand in the pattern.
  const std::vector<std::string>& names() const { return names_; }
  // Looks for the pattern anywhere in the base name of `file`. The last name is remembered.
  bool match(std::string_view file);
  // What group `i` found in the last name that matched; empty where it took no part. Valid until
  // the next match.
  const std::string& part(std::size_t i) const { return parts_[i]; }
  // Why a name did not match, for people.
  std::string refusal(std::string_view file) const;

 private:
  re2::RE2 pattern_;
  std::vector<std::string> names_;
  std::vector<int> groups_;         // their numbers
  std::string file_;                // of the last match
  std::vector<std::string> parts_;  // empty before the first
};

}  // namespace sp
