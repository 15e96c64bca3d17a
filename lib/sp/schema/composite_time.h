// A date-time that stands in several columns of a row: a date and a time of day, or a year, a
// month, a day, an hour and so on, or all of these in one and in another how far that is from UTC.
// Read into one point on the time line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp/schema/missing_values.h"
#include "sp/schema/schema.h"
#include "sp/table/record.h"
#include "sp/time/time_format.h"
#include "sp/time/timestamp.h"

namespace sp {

// A column and what it holds.
struct TimePart {
  // datetime, date, time, year, month, day, day_of_year, hour, minute, second or offset
  std::string role;
  std::size_t column;  // in the record
  // Of a datetime, a date or a time: its format. A time may lack seconds, or have an offset, where
  // its format is `default`. An offset is one of parse_offset() or an abbreviation of the zone.
  // Other parts are whole numbers, with or without leading zeros; seconds may have a fraction.
  Field field;
  std::optional<MissingValues> missing;  // none: only an empty cell is
};

// Throws Error(kConfig) where parts of these roles do not make a date-time: the day comes from a
// date, from year, month and day, or from year and day_of_year; the time from a time, or from hour,
// hour and minute, or hour, minute and second, or is midnight where none is there. A datetime
// stands for both. An offset may go with any of these.
void check_time_roles(const std::vector<std::string>& roles);
// Those that columns of their names have where nothing says which are meant: not datetime and
// offset, which are names of many things.
std::vector<std::string> time_roles();
// Whether a field of this type may be such a part.
bool fits_time_role(std::string_view role, FieldType type);

class CompositeTime {
 public:
  enum class Result { kTime, kMissing, kWrong };

  // `field` has the zone and what becomes of a local time that does not exist or exists twice.
  // Throws Error(kConfig).
  CompositeTime(const Field& field, const std::vector<TimePart>& parts);

  // kTime: `out` is the time in UTC; its fraction is valid until the next call. kMissing where a
  // part is.
  Result read(const Record& record, ParsedTime& out);
  // Of the last row that was wrong: the part to blame, or null where the time is one of the
  // calendar and the clock but not of the zone; and what was read, without its offset unless that
  // makes it wrong, empty where a part has no such text.
  const TimePart* wrong_part() const { return wrong_ ? &parts_[*wrong_].part : nullptr; }
  const std::string& text() const { return text_; }
  // Why the last row was wrong, to follow what messages quote of it, the part to blame or the
  // whole; `made` is the name of the column that it is for.
  std::string explain(const std::string& made) const;
  const TimePart& first_part() const { return parts_.front().part; }

 private:
  struct Part {
    TimePart part;
    std::optional<TimeFormat> format;  // of a datetime, a date or a time
    bool (*append)(const Part& part, std::string_view value, std::string& text);
  };
  friend struct TimePartRoles;
  bool parse(ParsedTime& out) const;
  const char* advice() const;
  std::size_t part_to_blame(const Record& record) const;
  std::optional<std::int64_t> to_utc(const ParsedTime& local, std::string_view offset);

  std::vector<Part> parts_;  // in the order in which RFC 3339 writes them
  std::size_t local_parts_;  // how many of them there are without the offset
  TimeZone zone_;
  bool hour24_;         // of the field or one of the parts'
  const char* suffix_;  // what RFC 3339 needs after the parts, but for the offset
  std::string text_;    // the local date-time as RFC 3339, in the row at hand
  std::optional<std::size_t> wrong_;
};

}  // namespace sp
