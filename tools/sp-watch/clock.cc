#include "sp-watch/clock.h"

#include <time.h>

namespace sp::watch {

void outwait(std::int64_t file_time_ns) {
  constexpr int kTries = 20;
  constexpr struct timespec kPause = {0, 1'000'000};
  for (int tries = 0; tries < kTries; ++tries) {
    struct timespec now {};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec > file_time_ns) return;
    ::nanosleep(&kPause, nullptr);
  }
}

}  // namespace sp::watch
