#include "sp/base/spelling.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <string>
#include <vector>

namespace sp {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t swap) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + swap);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

bool looks_like(std::string_view name, std::string_view word) {
  constexpr std::size_t kLongest = 100;  // longer words nobody types
  if (name == word || name.size() > word.size() + 2 || word.size() > kLongest) return false;
  std::string compact;
  for (const char c : name) {
    if (c != '_' && c != '-' && c != ' ') compact += c;
  }
  const std::size_t allowed = word.size() < 4 ? 0 : word.size() < 6 ? 1 : 2;
  if (compact.size() + allowed < word.size()) return false;
  return edit_distance(lower_case(compact), lower_case(word), 2) <= allowed;
}

}  // namespace sp
