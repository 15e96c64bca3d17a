#include "sp-load/copy/file_column.h"

#include <functional>

#include "sp-load/copy/copy_encode.h"

namespace sp::load {

FileColumn::FileColumn(std::string column, const std::vector<std::string>& names)
    : column_(std::move(column)), files_(names.size()) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    by_name_.emplace(names[i], i);
    const auto [mended, is_new] = by_mended_name_.emplace(replace_bad_text(names[i]), i);
    if (!is_new) mended->second = kSeveral;
  }
}

std::optional<std::size_t> FileColumn::find(std::string_view name) const {
  auto at = by_name_.find(name);
  if (at != by_name_.end()) return at->second;
  at = by_mended_name_.find(name);
  if (at == by_mended_name_.end() || at->second == kSeveral) return std::nullopt;
  return at->second;
}

}  // namespace sp::load
