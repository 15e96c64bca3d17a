// Several files to one run of the command: what becomes of them where the run as a whole failed, so
// that one bad file does not take the others with it. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

#include "sp-watch/run/schedule.h"

namespace sp::watch {

inline constexpr unsigned kMaxBatch = 1000;  // files to a run

enum class BatchFate {
  kEach,   // the run is sound: each file has its own outcome
  kHalve,  // one of the files is the reason: both halves run at once, which counts as no try
  kLater,  // the world is not ready: all are tried again later
};

// `is_last` where no later try follows (--once): then what the operator must mend may be one
// file's, and the others need not wait for him.
BatchFate batch_fate(Action action, bool is_last);

// How many files at most may run together with one that failed, transiently, in a run of `files` as
// its try `attempt`. All of them once more; from then on half, so that a file that makes the
// command fail like a database that is away ends up alone.
std::size_t company(std::size_t files, unsigned attempt);

// Moves the second half out of `items`; of an odd number it is the smaller one.
template <class Item>
std::vector<Item> split_off_half(std::vector<Item>& items) {
  const auto middle = items.begin() + static_cast<std::ptrdiff_t>((items.size() + 1) / 2);
  std::vector<Item> out(std::make_move_iterator(middle), std::make_move_iterator(items.end()));
  items.erase(middle, items.end());
  return out;
}

}  // namespace sp::watch
