#include "sp-watch/job/kept_name.h"

#include "sp-watch/job/job_name.h"
#include "sp/base/path_name.h"

namespace sp::watch {
KeptName parse_kept_name(std::string_view name) {
  const std::string_view number = kept_number(name);
  KeptName out{"", "", std::string(number)};
  name.remove_suffix(number.size());
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
