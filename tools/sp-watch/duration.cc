#include "sp-watch/duration.h"

#include <fmt/format.h>

namespace sp::watch {

std::string format_duration(Millis duration) {
  const auto millis = static_cast<double>(duration.count());
  if (millis < 1000) return fmt::format("{} ms", duration.count());
  if (millis < 120e3) return fmt::format("{:.3g} s", millis / 1e3);
  if (millis < 7200e3) return fmt::format("{:.3g} min", millis / 60e3);
  return fmt::format("{:.3g} h", millis / 3600e3);
}

}  // namespace sp::watch
