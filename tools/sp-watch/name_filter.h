// Which names in the folder are meant for the command.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sp::watch {

class NameFilter {
 public:
  // A name must match one of `globs` (fnmatch(3), a leading dot only by a dot), on request whatever
  // the case of its letters; none: every name.
  explicit NameFilter(std::vector<std::string> globs = {}, bool ignores_case = false)
      : globs_(std::move(globs)), ignores_case_(ignores_case) {}

  static bool is_hidden(const char* name) { return name[0] == '.'; }
  // Why a file of that name, which is not hidden, is left alone; empty where it is for the command.
  // Those that writers use while they write never are.
  std::string_view objection(const char* name) const;
  bool accepts(const char* name) const { return !is_hidden(name) && objection(name).empty(); }

  // A watcher leaves its patterns in the folder `own` (.sp-watch/), where --status finds them; of
  // several watchers the last one counts. Throws Error(kIoErr).
  void save(int own) const;
  // What is missing or damaged takes every name.
  static NameFilter load(int own);

 private:
  std::vector<std::string> globs_;
  bool ignores_case_;
};

}  // namespace sp::watch
