#include "sp/base/wall_clock.h"

#include <fmt/format.h>

#include <chrono>
#include <ctime>

namespace sp {

std::int64_t wall_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::string rfc3339(std::int64_t wall_ms) {
  using std::chrono::floor;
  const std::chrono::milliseconds time(wall_ms);
  const auto seconds = floor<std::chrono::seconds>(time);
  const std::time_t count = seconds.count();
  std::tm utc{};
  ::gmtime_r(&count, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     (time - seconds).count());
}

}  // namespace sp
