#include "sp-watch/run/halving.h"

namespace sp::watch {

BatchFate batch_fate(Action action, bool is_last) {
  switch (action) {
    case Action::kDone:
      return BatchFate::kEach;
    case Action::kQuarantine:
    case Action::kCrash:
      return BatchFate::kHalve;
    case Action::kConfig:
      return is_last ? BatchFate::kHalve : BatchFate::kLater;
    case Action::kRetry:
      break;
  }
  return BatchFate::kLater;
}

std::size_t company(std::size_t files, unsigned attempt) {
  return attempt < 2 ? files : std::max<std::size_t>((files + 1) / 2, 1);
}

}  // namespace sp::watch
