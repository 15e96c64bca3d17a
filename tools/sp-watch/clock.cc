#include "sp-watch/clock.h"

#include <time.h>

#include <fmt/format.h>

#include "sp/time/timestamp.h"

namespace sp::watch {

std::int64_t wall_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<Millis>(now).count();
}

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

std::string rfc3339(std::int64_t wall_ms) {
  std::int64_t seconds = wall_ms / 1000;
  std::int64_t millis = wall_ms % 1000;
  if (millis < 0) {
    --seconds;
    millis += 1000;
  }
  char text[kMaxTimestampText];
  return std::string(text, format_utc(seconds, fmt::format("{:03}", millis), text));
}

}  // namespace sp::watch
