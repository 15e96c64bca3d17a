// Time windows: what --every asks for, and in which window a point of time lies. Times are seconds
// since 1970-01-01T00:00:00Z; windows are aligned to UTC.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sp {

struct Window {
  std::int64_t start = 0;  // the first second in it
  std::int64_t end = 0;    // the first second after it
  bool contains(std::int64_t seconds) const { return start <= seconds && seconds < end; }
};

class Windows {
 public:
  // "15min", "1h", "7d", "1w", "3mo", "1y": sp/time/time_span.h. Throws Error(kUsage).
  explicit Windows(std::string_view text);

  // Seconds, minutes, hours and days count from 1970-01-01, weeks from the Monday after it, months
  // and years from the year 0, so that windows of 3 months are the quarters.
  Window at(std::int64_t seconds) const;
  // In the one spelling of all that mean the same.
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool by_calendar_ = false;
  std::int64_t length_ = 0;  // seconds, or months where by_calendar_
  std::int64_t origin_ = 0;  // seconds
};

}  // namespace sp
