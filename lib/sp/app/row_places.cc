#include "sp/app/row_places.h"

#include <algorithm>

namespace sp {

void RowPlaces::note(std::uint64_t row, std::uint64_t line) {
  constexpr std::size_t kMost = 1000;
  if (places_.size() == kMost) return;
  places_.push_back({out_, row, line});
  if (places_.size() == kMost) places_.back() = {out_, 0, 0};
}

RowPlace find_place(const std::vector<RowPlace>& places, std::uint64_t out) {
  const auto after =
      std::upper_bound(places.begin(), places.end(), out,
                       [](std::uint64_t row, const RowPlace& place) { return row < place.out; });
  if (after == places.begin()) return {};
  const RowPlace& place = after[-1];
  if (place.row == 0) return {};
  return {out, place.row + (out - place.out), place.line + (out - place.out)};
}

}  // namespace sp
