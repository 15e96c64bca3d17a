#include "sp/schema/file_name_pattern.h"

#include <fmt/format.h>

#include <algorithm>

#include "sp/base/excerpt.h"
#include "sp/base/path_name.h"
#include "sp/base/utf8.h"

namespace sp {
namespace {

re2::RE2::Options options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return options;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

FileNamePattern::FileNamePattern(const std::string& pattern, ExitCode code)
    : pattern_(pattern, options()) {
  if (!pattern_.ok()) {
    throw Error(code, "the pattern '" + pattern + "' for file names is wrong: " + pattern_.error());
  }
  for (const auto& [number, name] : pattern_.CapturingGroupNames()) {
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
      throw Error(code, fmt::format("the pattern '{}' for file names has two groups called '{}'",
                                    pattern, name));
    }
    names_.push_back(name);
    groups_.push_back(number);
  }
  if (names_.empty()) {
    throw Error(code, "the pattern '" + pattern +
                          "' for file names has no named group; write (?P<sensor_id>\\d+)");
  }
}

bool FileNamePattern::match(std::string_view file) {
  if (!parts_.empty() && file == file_) return true;
  const std::string_view name = base_name(file);
  const auto count = static_cast<std::size_t>(pattern_.NumberOfCapturingGroups()) + 1;
  std::vector<re2::StringPiece> found(count);
  if (find_invalid_utf8(name) != std::string_view::npos ||
      !pattern_.Match(piece(name), 0, name.size(), re2::RE2::UNANCHORED, found.data(),
                      static_cast<int>(count))) {
    return false;
  }
  file_ = file;
  parts_.clear();
  for (const int group : groups_) {
    const re2::StringPiece& part = found[static_cast<std::size_t>(group)];
    parts_.emplace_back(part.data() ? std::string(part.data(), part.size()) : "");
  }
  return true;
}

std::string FileNamePattern::refusal(std::string_view file) const {
  const std::string_view name = base_name(file);
  if (find_invalid_utf8(name) != std::string_view::npos) return "the file's name is not UTF-8";
  return "the file's name " + excerpt(name) + " does not match '" + pattern_.pattern() + "'";
}

}  // namespace sp
