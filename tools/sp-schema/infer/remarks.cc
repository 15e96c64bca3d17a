#include "sp-schema/infer/remarks.h"

#include <algorithm>

namespace sp {

void Remarks::warn(const Log& log, const Columns& columns) const {
  for (const Remark& remark : remarks_) {
    Location where;
    if (remark.column) where.field = columns[*remark.column];
    log.warning(remark.text, where);
  }
}

std::size_t Remarks::decisions() const {
  return static_cast<std::size_t>(std::count_if(
      remarks_.begin(), remarks_.end(), [](const Remark& remark) { return remark.is_decision; }));
}

std::string Remarks::comment(std::optional<std::size_t> column) const {
  std::string text;
  for (const Remark& remark : remarks_) {
    if (!remark.is_decision || remark.column != column) continue;
    text += (text.empty() ? "" : "; ") + remark.text;
  }
  return text;
}

}  // namespace sp
