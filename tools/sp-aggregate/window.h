// Time windows: what --every asks for, and in which window a point of time lies. Times are seconds
// since 1970-01-01T00:00:00Z; windows are aligned to UTC, or to the clocks of a zone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sp/time/timestamp.h"

namespace sp {

struct Window {
  std::int64_t start = 0;  // the first second in it
  std::int64_t end = 0;    // the first second after it
  bool contains(std::int64_t seconds) const { return start <= seconds && seconds < end; }
};

class Windows {
 public:
  // "15min", "1h", "7d", "1w", "3mo", "1y": sp/time/time_span.h; an IANA zone, or none for UTC.
  // Throws Error(kUsage).
  explicit Windows(std::string_view span, const std::string& zone = "");
  // Of what text() gives.
  static Windows parse(std::string_view text);

  // Seconds, minutes, hours and days count from 1970-01-01, weeks from the Monday after it, months
  // and years from the year 0, so that windows of 3 months are the quarters.
  //
  // In a zone they do so on its clocks: a window is from the first moment at which these show its
  // first second, or a later one, to that of the next window; a day is of 23 or 25 hours where they
  // change. Windows of an hour or less are of one offset each: an hour that comes twice is two.
  Window at(std::int64_t seconds) const;
  // In the one spelling of all that mean the same: "1h", "1d Europe/Sofia".
  const std::string& text() const { return text_; }
  // How far east of UTC the clocks are then, in seconds.
  std::int64_t offset_at(std::int64_t seconds) const { return zone_.span_at(seconds).offset; }

 private:
  // The same on one clock that never changes, of which all are seconds.
  Window on_clock(std::int64_t seconds) const;
  std::int64_t first_moment(std::int64_t local) const;

  std::string text_;
  TimeZone zone_;
  bool by_calendar_ = false;
  std::int64_t length_ = 0;  // seconds, or months where by_calendar_
  std::int64_t origin_ = 0;  // seconds
  bool is_of_one_offset_ = false;
};

}  // namespace sp
