// Dates and times: RFC 3339 and ISO 8601 text to seconds since 1970-01-01T00:00:00Z and back,
// proleptic Gregorian calendar, years 0001 to 9999; IANA time zones through Howard Hinnant's date
// library.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sp {

// A point on the time line, or a local time where nothing says its offset.
// The years 0001 to 9999: 0001-01-01T00:00:00 and 9999-12-31T23:59:59, since 1970. RFC 3339 has a
// year 0000 too, which ISO 8601 leaves to those who agree on it. PostgreSQL has none, and would
// refuse the whole file for one such row: a check of rows must not let it pass.
inline constexpr std::int64_t kFirstSecond = -62'135'596'800;
inline constexpr std::int64_t kLastSecond = 253'402'300'799;

struct Timestamp {
  std::int64_t seconds = 0;  // since 1970-01-01T00:00:00 (UTC, or local time)
  std::int32_t nanos = 0;    // 0..999,999,999; digits after the ninth are cut
  bool operator==(const Timestamp&) const = default;
  std::strong_ordering operator<=>(const Timestamp& other) const {
    return seconds != other.seconds ? seconds <=> other.seconds : nanos <=> other.nanos;
  }
};

// What a text tells: a day, a time of any day, or both.
enum class TimeKind { kDate, kTime, kDatetime };

struct ParsedTime {
  Timestamp time;              // in UTC where has_offset, else local
  bool has_offset = false;     // a 'Z' or a numeric offset was there
  std::string_view fraction;   // the digits after the point as they came, in the input's bytes
  bool has_second_60 = false;  // `time` is the second after it
};

// YYYY-MM-DD; false where that day does not exist. Days since 1970-01-01.
bool parse_date(std::string_view text, std::int64_t& days);
// HH:MM:SS[.fraction]; nanoseconds since midnight. Second 60 is refused.
bool parse_time_of_day(std::string_view text, std::int64_t& nanos);
// YYYY-MM-DD(T|t| )HH:MM[:SS[.fraction]][Z|z|(+|-)HH:MM]. RFC 3339 section 5.6, the seconds and the
// offset optional as ISO 8601 permits. Second 60 is accepted only as 23:59:60 UTC (or without an
// offset) on the last day of June or December and reads as the second after it. False where it is
// not such a text or does not exist.
bool parse_datetime(std::string_view text, ParsedTime& out);
// The same for local times of a zone: without an offset any minute may have a second 60, until
// TimeZone::to_utc() tells.
bool parse_local_datetime(std::string_view text, ParsedTime& out);
// Whether the second before `seconds`, in UTC, may be a leap second by that rule.
bool is_after_leap_second(std::int64_t seconds);

inline constexpr std::size_t kMaxTimestampText = 40;
// RFC 3339 in UTC with `Z`: 2017-07-01T00:00:07Z; `fraction` (digits, may be empty) goes after the
// seconds as it is. Returns the length. Years outside 0..9999 are the caller's to avoid.
std::size_t format_utc(std::int64_t seconds, std::string_view fraction, char* out);
// The date alone, YYYY-MM-DD.
std::size_t format_date(std::int64_t days, char* out);

// What becomes of a local time that does not exist or exists twice.
enum class Dst { kReject, kEarlier, kLater };

// An IANA zone. UTC costs nothing; others cache the last interval between two changes.
class TimeZone {
 public:
  // Throws Error(kConfig) for a name that the zone database lacks.
  explicit TimeZone(const std::string& name, Dst dst = Dst::kReject);
  ~TimeZone();
  TimeZone(TimeZone&&) noexcept;
  TimeZone& operator=(TimeZone&&) noexcept;
  bool is_utc() const { return impl_ == nullptr; }
  // Seconds UTC of local seconds; nothing where the local time is ambiguous or missing and kReject,
  // and where the result is outside the years 1 to 9999. In a gap kEarlier uses the offset before
  // the change, kLater the one after it. Throws Error(kConfig) where the zone database is damaged.
  std::optional<std::int64_t> to_utc(std::int64_t local_seconds);
  // The same of a time that has an offset or is of this zone; nothing too where second 60 is no
  // leap second.
  std::optional<std::int64_t> to_utc(const ParsedTime& time);
  // The same of a local time of which an abbreviation (EST, CEST) says the offset; nothing too
  // where the zone's clocks have none such then. Of a time that exists twice it chooses, and in a
  // gap between the offsets before and after the change, but for kReject.
  std::optional<std::int64_t> to_utc(const ParsedTime& time, std::string_view abbreviation);
  // Of a time for which to_utc() had nothing: why, to follow it in a message: "exists twice in …".
  std::string explain(const ParsedTime& time) const;
  // Whether it is one of the local time's; in a gap, of the time before or after it.
  bool uses(std::string_view abbreviation, const ParsedTime& time);
  // The seconds UTC of [begin, end) between two changes of the clocks that hold `utc`, and how far
  // east of UTC they are then, in seconds.
  struct Span {
    std::int64_t begin, end, offset;
  };
  Span span_at(std::int64_t utc) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sp
