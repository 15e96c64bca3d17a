// How a date, a time or a date-time is written (a field's `format`): compiled once, then read with.
//
// `default` and `any` are the forms of timestamp.h. A datetime may be a count since 1970 in UTC:
// `epoch-seconds`, `epoch-milliseconds`, `epoch-microseconds` or `epoch-nanoseconds`, each with a
// sign and a fraction where there are any. Anything else is a pattern in the manner of
// strptime, of these: %Y %y %m %b %B %d %j %a %A %H %I %p %M %S %f %z %%. Names of months and days
// are English, whole or their first three letters; a day that is not that of the date is no time.
// Numbers may lack leading zeros, but for %Y and %y, and where they touch: there only %- before the
// first says that the number which they write together may lack them. %S takes a fraction, unless
// the pattern has it otherwise. %I is an hour from 1 to 12 and needs %p, which is AM, PM, a.m.,
// p.m., A or P in any case. %z is Z, +HHMM or +HH:MM. What stands between %[ and %] may be missing.
//
// With `hour24` 24:00 is the end of its day, as ISO 8601 has it: midnight of the next day, and of a
// time alone 86400 seconds. Without it there is no such time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp/time/time_pattern.h"
#include "sp/time/timestamp.h"

namespace sp {

// A date-time of RFC 3339 whose time is 24:00, as midnight of the next day: what
// parse_local_datetime() refuses. False for any other text.
bool parse_hour24(std::string_view text, ParsedTime& out);
// An offset that stands alone, in seconds east of UTC: as %z has it, or +HH, UTC or GMT.
std::optional<std::int64_t> parse_offset(std::string_view text);

class TimeFormat {
 public:
  // Throws Error(kConfig) for a pattern that has other directives, or lacks what the kind needs, or
  // has what the kind does not have.
  TimeFormat(const std::string& format, TimeKind kind, bool hour24 = false);
  // False where `text` is not of this form as a whole, or is no day or time that exists. A date is
  // its midnight, a time is of 1970-01-01. out.fraction lies in `text`; that of an epoch's count in
  // this object, until it parses again. A datetime without an offset is of a zone that the caller
  // knows: its TimeZone::to_utc() says whether second 60 is a leap second.
  bool parse(std::string_view text, ParsedTime& out) const {
    if (is_epoch()) return parse_epoch(text, out);
    if (!variants_.empty()) return parse_pattern(text, out);
    if (kind_ == TimeKind::kDatetime)
      return parse_local_datetime(text, out) || (hour24_ && parse_hour24(text, out));
    return parse_default(text, out);
  }
  // Whether texts are numbers: counts since 1970.
  bool is_epoch() const { return epoch_digits_ >= 0; }

 private:
  bool parse_epoch(std::string_view text, ParsedTime& out) const;
  bool parse_pattern(std::string_view text, ParsedTime& out) const;
  bool parse_variant(const std::vector<PatternStep>& steps, std::string_view text,
                     ParsedTime& out) const;
  bool parse_default(std::string_view text, ParsedTime& out) const;
  TimeKind kind_;
  bool hour24_;
  std::vector<std::vector<PatternStep>> variants_;  // of a pattern; the first that fits counts
  int epoch_digits_ = -1;         // of a second's fraction in one count; -1: no epoch
  mutable std::string fraction_;  // of the epoch's last count
};

}  // namespace sp
