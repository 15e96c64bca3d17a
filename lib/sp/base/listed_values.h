// Values that a schema lists and a cell may be one of. A few are compared one by one; many are
// sorted, so that no list, however long, makes a row slow.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

namespace sp {

// Of texts or of numbers (no NaN).
template <class T>
class ListedValues {
 public:
  ListedValues() = default;
  explicit ListedValues(std::vector<T> values) : values_(std::move(values)) {
    if (values_.size() > kFew) std::sort(values_.begin(), values_.end());
  }
  bool empty() const { return values_.empty(); }
  template <class U>
  bool contains(const U& value) const {
    if (values_.size() <= kFew) {
      return std::find(values_.begin(), values_.end(), value) != values_.end();
    }
    const auto at = std::lower_bound(values_.begin(), values_.end(), value, std::less<>());
    return at != values_.end() && *at == value;
  }

 private:
  static constexpr std::size_t kFew = 8;
  std::vector<T> values_;
};

}  // namespace sp
