#include "sp-aggregate/time_column.h"

#include "sp-aggregate/window.h"
#include "sp/base/excerpt.h"
#include "sp/time/calendar.h"

namespace sp {
Timestamp TimeColumn::read(const Record& record) {
  const std::string_view text = record[index_];
  ParsedTime parsed;
  if (!parse_local_datetime(text, parsed)) {
    std::int64_t days = 0;
    if (!parse_date(text, days)) fail(record, "is not a date-time such as 2017-07-01T00:00:07Z");
    parsed.time = {days * calendar::kSecondsPerDay, 0};
  }
  if (!parsed.has_offset && (parsed.has_second_60 || !zone_.is_utc())) {
    const auto utc = zone_.to_utc(parsed);
    if (!utc) fail(record, zone_.explain(parsed));
    parsed.time.seconds = *utc;
  }
  if (parsed.time.seconds < kFirstSecond || parsed.time.seconds > kLastSecond) {
    fail(record, "lies outside the years 1 to 9999 in UTC");
  }
  return parsed.time;
}

void TimeColumn::fail(const Record& record, const std::string& reason) const {
  throw Error(ExitCode::kDataErr,
              excerpt(record[index_]) + " " + reason + "; pass the file through sp-validate first",
              reader_->locate(record, name_));
}

}  // namespace sp
