#include "sp-schema/infer/remarks.h"

namespace sp {

void Remarks::warn(const Log& log, const Columns& columns) const {
  for (const Remark& remark : remarks_) {
    Location where;
    if (remark.column) where.field = columns[*remark.column];
    log.warning(remark.text, where);
  }
}

void Remarks::decide(std::string text, std::optional<std::size_t> column) {
  std::string& comment = comments_[column];
  if (!comment.empty()) comment += "; ";
  comment += text;
  ++decisions_;
  note(std::move(text), column);
}

std::string Remarks::comment(std::optional<std::size_t> column) const {
  const auto found = comments_.find(column);
  return found == comments_.end() ? "" : found->second;
}

}  // namespace sp
