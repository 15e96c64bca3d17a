#include "sp-schema/infer/remarks.h"

namespace sp {

void Remarks::warn(const Log& log, const Columns& columns, bool is_strict, bool must_load) const {
  for (const Remark& remark : remarks_) {
    Location where;
    if (remark.column) where.field = columns[*remark.column];
    const bool is_error = (is_strict && remark.is_decision) || (must_load && remark.is_demand);
    const auto tell = is_error ? &Log::error : &Log::warning;
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

void Remarks::demand(std::string text, std::optional<std::size_t> column) {
  decide(std::move(text), column);
  remarks_.back().is_demand = true;
  has_demands_ = true;
}

std::string Remarks::comment(std::optional<std::size_t> column) const {
  const auto found = comments_.find(column);
  return found == comments_.end() ? "" : found->second;
}

}  // namespace sp
