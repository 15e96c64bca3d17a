#include "sp/time/rfc3339_text.h"

#include "sp/time/timestamp.h"

namespace sp {

std::string rfc3339_micros(std::int64_t micros) {
  constexpr std::int64_t kPerSecond = 1'000'000;
  std::int64_t rest = micros % kPerSecond;
  if (rest < 0) rest += kPerSecond;
  const std::string fraction = std::to_string(kPerSecond + rest).substr(1);
  char text[kMaxTimestampText];
  return std::string(text, format_utc((micros - rest) / kPerSecond, fraction, text));
}

}  // namespace sp
