#include "sp-schema/infer/remarks.h"

namespace sp {

void Remarks::warn(const Log& log, const Columns& columns, bool is_strict) const {
  for (const Remark& remark : remarks_) {
    Location where;
    if (remark.column) where.field = columns[*remark.column];
    const auto tell = is_strict && remark.is_decision ? &Log::error : &Log::warning;
    (log.*tell)(remark.text, where);
  }
}

void Remarks::decide(std::string text, std::optional<std::size_t> column) {
  std::string& comment = comments_[column];
  if (!comment.empty()) comment += "; ";
  comment += text;
  ++decisions_;
  remarks_.push_back({std::move(text), column, true});
}

std::string Remarks::comment(std::optional<std::size_t> column) const {
  const auto found = comments_.find(column);
  return found == comments_.end() ? "" : found->second;
}

}  // namespace sp
