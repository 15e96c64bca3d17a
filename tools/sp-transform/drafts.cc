#include "sp-transform/drafts.h"

#include <fmt/format.h>

#include <algorithm>

#include "sp/base/diagnostic.h"
#include "sp/base/key_hash.h"
#include "sp/table/name_list.h"

namespace sp {

bool Drafts::has(const std::string& name) const {
  return std::any_of(all_.begin(), all_.end(),
                     [&](const Draft& draft) { return draft.column.name == name; });
}

Draft& Drafts::find(const std::string& name, const char* asker) {
  for (Draft& draft : all_) {
    if (draft.column.name == name) return draft;
  }
  fail_absent({name}, asker);
}

void Drafts::fail_absent(const std::vector<std::string>& absent, const char* asker) const {
  std::vector<std::string> names;
  for (const Draft& draft : all_) names.push_back(draft.column.name);
  const std::string what = absent.size() == 1 ? "is no column '" + absent.front() + "'"
                                              : "are no columns " + shown_names(absent);
  throw Error(
      ExitCode::kDataErr,
      fmt::format("{}: there {}; there are: {}{}", asker, what, shown_names(names), advice_),
      {file_, 0, 0, absent.front()});
}

std::vector<std::size_t> Drafts::indexes_of(const std::vector<std::string>& names,
                                            const char* asker) const {
  KeyViewMap<std::vector<std::size_t>> places;
  for (std::size_t i = all_.size(); i-- > 0;) places[all_[i].column.name].push_back(i);
  std::vector<std::size_t> found;
  std::vector<std::string> absent;
  for (const std::string& name : names) {
    const auto place = places.find(name);
    if (place == places.end() || place->second.empty()) {
      absent.push_back(name);
    } else {
      found.push_back(place->second.back());
      place->second.pop_back();
    }
  }
  if (!absent.empty()) fail_absent(absent, asker);
  return found;
}

void Drafts::drop(const std::vector<std::string>& names, const char* asker) {
  std::vector<bool> goes(all_.size());
  for (const std::size_t i : indexes_of(names, asker)) goes[i] = true;
  std::vector<Draft> kept;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (!goes[i]) kept.push_back(std::move(all_[i]));
  }
  all_ = std::move(kept);
}

void Drafts::select(const std::vector<std::string>& names, const char* asker) {
  std::vector<Draft> selected;
  for (const std::size_t i : indexes_of(names, asker)) selected.push_back(std::move(all_[i]));
  all_ = std::move(selected);
}

}  // namespace sp
