#include "sp/table/delimiter_hint.h"

#include <algorithm>

#include "sp/base/excerpt.h"
#include "sp/table/columns.h"

namespace sp {

std::string delimiter_hint(const Columns& columns, char delimiter, std::size_t wanted,
                           DelimiterPlace place) {
  struct Candidate {
    char delimiter;
    const char* flag;
  };
  static constexpr Candidate kCandidates[] = {
      {',', ","}, {';', "';'"}, {'\t', "'\\t'"}, {'|', "'|'"}, {' ', "' '"}};
  const Candidate* best = nullptr;
  std::size_t most = 0;
  for (const Candidate& candidate : kCandidates) {
    const char c = candidate.delimiter;
    std::size_t count = 0;
    for (const std::string& name : columns.names()) {
      count += static_cast<std::size_t>(std::count(name.begin(), name.end(), c));
    }
    const bool is_fitting = count > 0 && count + 1 == wanted;
    // A blank is part of many a name, so only where as many columns are wanted.
    const bool is_likely = is_fitting || (columns.size() == 1 && c != ' ' && count > most);
    if (c == delimiter || !is_likely) continue;
    best = &candidate;
    most = count;
    if (is_fitting) break;
  }
  if (!best) return "";
  const std::string shown = best->delimiter == '\t' ? "\\t" : std::string(1, best->delimiter);
  return "the header holds " + excerpt(shown) + " " +
         (most == 1 ? "once" : std::to_string(most) + " times") + ": " +
         (place == DelimiterPlace::kFlag
              ? std::string("did you mean --delimiter ") + best->flag + "?"
              : "the schema's dialect may name it, \"delimiter\": \"" + shown + "\"");
}

}  // namespace sp
