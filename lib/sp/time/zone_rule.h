// The rule by which a zone's clocks change when the table of the zone database has ended: the POSIX
// TZ text after the table (RFC 8536, section 3.3), such as "EET-2EEST,M3.5.0/3,M10.5.0/4".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sp {

class ZoneRule {
 public:
  // Between two changes: seconds UTC of [begin, end) have `offset`, seconds east of UTC, and the
  // rule's abbreviation for it.
  struct Span {
    std::int64_t begin, end, offset;
    std::string abbreviation;
  };
  // A day of each year, and seconds after its midnight, -167 to 167 hours, in the local time that
  // ends.
  struct Change {
    enum class Day { kJulian, kZeroBased, kWeekday } day = Day::kZeroBased;
    int number = 0;                        // 1 to 365 without 29 February, or 0 to 365
    int month = 1, week = 1, weekday = 0;  // 5: the last of them; 0: Sunday
    std::int64_t seconds = 0;
  };

  // Nothing where `text` is no such rule.
  static std::optional<ZoneRule> parse(std::string_view text);
  // Nothing where the file has none, or cannot be read.
  static std::optional<ZoneRule> read(const std::string& path);

  Span at(std::int64_t utc) const;
  std::int64_t standard() const { return standard_; }
  std::int64_t daylight() const { return daylight_; }  // standard() where clocks do not change

 private:
  std::int64_t standard_ = 0, daylight_ = 0;
  std::string standard_name_, daylight_name_;
  bool changes_ = false;
  Change to_daylight_, to_standard_;
};

}  // namespace sp
