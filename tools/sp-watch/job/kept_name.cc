#include "sp-watch/job/kept_name.h"

#include <algorithm>

#include "sp-watch/job/job_name.h"
#include "sp/base/digits.h"

namespace sp::watch {
namespace {

// Where ".~12~" begins; the whole length where the name has no number.
std::size_t number_of(std::string_view name) {
  const std::size_t begin = name.rfind(".~");
  if (begin == name.npos || begin == 0 || !name.ends_with('~')) return name.size();
  const std::string_view digits = name.substr(begin + 2, name.size() - begin - 3);
  return !digits.empty() && std::all_of(digits.begin(), digits.end(), digits::is_digit)
             ? begin
             : name.size();
}

}  // namespace

KeptName parse_kept_name(std::string_view name) {
  const std::size_t end = number_of(name);
  KeptName out{"", "", std::string(name.substr(end))};
  name = name.substr(0, end);
  for (const std::string_view ending : {kErrorsEnding, kReasonEnding}) {
    if (!name.ends_with(ending) || name.size() == ending.size()) continue;
    out.ending = ending;
    name.remove_suffix(ending.size());
    break;
  }
  out.file = name;
  return out;
}

}  // namespace sp::watch
