#include "sp-aggregate/summary.h"

#include <algorithm>
#include <numeric>

#include "sp-aggregate/group_key.h"
#include "sp/number/number.h"

namespace sp {
namespace {

// The values of one key column over all groups, ready to be compared.
struct SortColumn {
  bool is_numeric = true;  // all texts are integers
  std::vector<std::int64_t> numbers;
  std::vector<std::string_view> texts;

  void add(std::string_view text) {
    std::int64_t number = 0;
    if (is_numeric && parse_int64(text, number)) {
      numbers.push_back(number);
    } else {
      is_numeric = false;
    }
    texts.push_back(text);
  }
  int compare(std::uint32_t a, std::uint32_t b) const {
    if (!is_numeric) return texts[a].compare(texts[b]);
    return numbers[a] < numbers[b] ? -1 : static_cast<int>(numbers[a] > numbers[b]);
  }
};

std::vector<SortColumn> sort_columns(const Summary& summary) {
  std::vector<SortColumn> columns(summary.by.size() + (summary.windowed ? 1 : 0));
  for (std::uint32_t group = 0; group < summary.groups.size(); ++group) {
    GroupKeyReader key(summary.groups.key(group));
    for (std::size_t i = 0; i < summary.by.size(); ++i) columns[i].add(key.text());
    if (summary.windowed) columns.back().numbers.push_back(key.number());
  }
  return columns;
}

// Where each group stands in the output.
std::vector<std::uint32_t> sorted_ranks(const Summary& summary) {
  std::vector<std::uint32_t> order(summary.groups.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto columns = sort_columns(summary);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    for (const SortColumn& column : columns) {
      if (const int order_of_cells = column.compare(a, b)) return order_of_cells < 0;
    }
    return false;
  });
  std::vector<std::uint32_t> ranks(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) ranks[order[i]] = i;
  return ranks;
}

}  // namespace

void order_entries(Summary& summary, bool sort) {
  std::vector<std::uint32_t> ranks;
  if (sort) ranks = sorted_ranks(summary);
  const auto rank = [&](const Entry& entry) { return sort ? ranks[entry.group] : entry.group; };
  const auto is_before = [&](const Entry& a, const Entry& b) {
    return rank(a) != rank(b) ? rank(a) < rank(b) : a.quantity < b.quantity;
  };
  std::vector<Entry>& entries = summary.entries;
  if (!std::is_sorted(entries.begin(), entries.end(), is_before)) {
    std::sort(entries.begin(), entries.end(), is_before);
  }
}

}  // namespace sp
