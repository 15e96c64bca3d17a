#include "clock.h"

#include <fmt/format.h>

#include "sp/timestamp.h"

namespace sp::watch {

std::int64_t wall_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<Millis>(now).count();
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
