#include "sp/schema/composite_time.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "sp/base/diagnostic.h"
#include "sp/base/digits.h"
#include "sp/base/excerpt.h"
#include "sp/time/calendar.h"

namespace sp {
namespace {

constexpr std::int64_t kDay = calendar::kSecondsPerDay;

using digits::is_digit;

std::size_t count_digits(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  return n;
}

// A whole number of at most `width` digits; zeros before it make it as long as that.
bool append_number(std::string_view value, std::size_t width, char before, std::string& text) {
  if (value.empty() || value.size() > width || count_digits(value) != value.size()) return false;
  text += before;
  text.append(width - value.size(), '0');
  text += value;
  return true;
}

void append_time_of_day(const ParsedTime& parsed, std::string& text) {
  char buffer[kMaxTimestampText];  // of 1970-01-01T…Z
  if (parsed.time.seconds == kDay) {
    text += "T24:00:00";
    return;
  }
  const std::size_t size = format_utc(parsed.time.seconds, {}, buffer);
  text.append(buffer + 10, size - 11);
  if (!parsed.fraction.empty()) (text += '.') += parsed.fraction;
}

// Of any day; what a zone has to tell of a second 60 it still has.
void append_datetime(const ParsedTime& parsed, std::string& text) {
  constexpr std::size_t kSecond = 17;
  char buffer[kMaxTimestampText];
  const std::size_t size =
      format_utc(parsed.time.seconds - (parsed.has_second_60 ? 1 : 0), {}, buffer);
  text.append(buffer, size - 1);
  if (parsed.has_second_60) text.replace(kSecond, 2, "60");
  if (!parsed.fraction.empty()) (text += '.') += parsed.fraction;
  if (parsed.has_offset) text += 'Z';
}

}  // namespace

// A role: where it stands in RFC 3339, and how it is put there.
struct TimePartRoles {
  using Part = CompositeTime::Part;
  struct Row {
    const char* name;
    // kDatetime, kDate and kTime have formats, kInteger is a number, and kString says the offset.
    FieldType type;
    bool (*append)(const Part& part, std::string_view value, std::string& text);
    int low = 0, high = 0;  // of a number with a range
  };

  static bool datetime(const Part& part, std::string_view value, std::string& text) {
    constexpr std::size_t kDate = 10, kMinute = 16;
    if (!part.format) {  // as it stands
      if (value.size() < kMinute) return false;
      text += value;
      if (text[kDate] == ' ') text[kDate] = 'T';
      return true;
    }
    ParsedTime parsed;
    if (!part.format->parse(value, parsed)) return false;
    append_datetime(parsed, text);
    return true;
  }
  static bool date(const Part& part, std::string_view value, std::string& text) {
    ParsedTime parsed;
    if (!part.format->parse(value, parsed)) return false;
    char buffer[kMaxTimestampText];
    text.append(buffer, format_date(parsed.time.seconds / kDay, buffer));
    return true;
  }
  static bool year(const Part&, std::string_view value, std::string& text) {
    text += value;
    return value.size() == 4 && count_digits(value) == 4;
  }
  static bool month(const Part&, std::string_view value, std::string& text) {
    return append_number(value, 2, '-', text);
  }
  static bool day_of_year(const Part& part, std::string_view value, std::string& text) {
    if (!append_number(value, 3, '-', text)) return false;
    ParsedTime parsed;
    if (!part.format->parse(text, parsed)) return false;
    char buffer[kMaxTimestampText];
    text.assign(buffer, format_date(parsed.time.seconds / kDay, buffer));
    return true;
  }
  static bool time(const Part& part, std::string_view value, std::string& text) {
    if (!part.format) {  // as it stands: what follows a date in RFC 3339
      if (value.size() < 4) return false;
      text += value[1] == ':' ? "T0" : "T";
      text += value;
      return true;
    }
    ParsedTime parsed;
    if (!part.format->parse(value, parsed)) return false;
    append_time_of_day(parsed, text);
    return true;
  }
  static bool hour(const Part&, std::string_view value, std::string& text) {
    return append_number(value, 2, 'T', text);
  }
  static bool minute(const Part&, std::string_view value, std::string& text) {
    return append_number(value, 2, ':', text);
  }
  static bool second(const Part&, std::string_view value, std::string& text) {
    const std::size_t whole = count_digits(value);
    if (!append_number(value.substr(0, whole), 2, ':', text)) return false;
    text += value.substr(whole);
    return true;
  }

  static const Row* find(std::string_view name);
};

namespace {

// In the order of RFC 3339.
constexpr TimePartRoles::Row kRoles[] = {
    {"datetime", FieldType::kDatetime, TimePartRoles::datetime},
    {"date", FieldType::kDate, TimePartRoles::date},
    {"year", FieldType::kInteger, TimePartRoles::year},
    {"month", FieldType::kInteger, TimePartRoles::month, 1, 12},
    {"day", FieldType::kInteger, TimePartRoles::month, 1, 31},
    {"day_of_year", FieldType::kInteger, TimePartRoles::day_of_year},
    {"time", FieldType::kTime, TimePartRoles::time},
    {"hour", FieldType::kInteger, TimePartRoles::hour, 0, 23},
    {"minute", FieldType::kInteger, TimePartRoles::minute, 0, 59},
    {"second", FieldType::kInteger, TimePartRoles::second, 0, 60},
    {"offset", FieldType::kString, nullptr},
};

bool is_in(const std::vector<std::string>& roles, std::string_view role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

[[noreturn]] void fail(const std::string& message) { throw Error(ExitCode::kConfig, message); }

std::vector<std::string> roles_of(const std::vector<TimePart>& parts) {
  std::vector<std::string> roles;
  roles.reserve(parts.size());
  for (const TimePart& part : parts) roles.push_back(part.role);
  return roles;
}

}  // namespace

const TimePartRoles::Row* TimePartRoles::find(std::string_view name) {
  for (const Row& row : kRoles) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::vector<std::string> time_roles() {
  std::vector<std::string> names;
  for (const auto& row : kRoles) {
    if (row.type != FieldType::kDatetime && row.type != FieldType::kString) {
      names.emplace_back(row.name);
    }
  }
  return names;
}

bool fits_time_role(std::string_view role, FieldType type) {
  const FieldType wanted = TimePartRoles::find(role)->type;
  const bool is_text = type == FieldType::kString || type == FieldType::kAny;
  const bool is_number = type == FieldType::kInteger || type == FieldType::kNumber;
  const bool may_be_number = wanted == FieldType::kInteger || wanted == FieldType::kString;
  return is_text || type == wanted || (is_number && may_be_number) ||
         (type == FieldType::kYear && role == "year");
}

void check_time_roles(const std::vector<std::string>& roles) {
  for (const std::string& role : roles) {
    if (!TimePartRoles::find(role)) {
      fail("'" + role +
           "' is no part of a date-time; the parts are datetime, date, time, year, month, day, "
           "day_of_year, hour, minute, second and offset");
    }
    if (std::count(roles.begin(), roles.end(), role) > 1) fail("'" + role + "' is there twice");
  }
  if (is_in(roles, "datetime")) {
    if (roles.size() == (is_in(roles, "offset") ? 2u : 1u)) return;
    fail("a datetime names the day and the time of day; only an offset goes with it");
  }
  const bool date = is_in(roles, "date");
  const bool month_and_day = is_in(roles, "month") && is_in(roles, "day");
  const bool has_month_or_day = is_in(roles, "month") || is_in(roles, "day");
  const bool day_of_year = is_in(roles, "day_of_year");
  const bool year = is_in(roles, "year");
  const bool is_day = date          ? !year && !has_month_or_day && !day_of_year
                      : day_of_year ? year && !has_month_or_day
                                    : year && month_and_day;
  if (!is_day) fail("the day is named by date, by year, month and day, or by year and day_of_year");
  const bool time = is_in(roles, "time");
  const bool hour = is_in(roles, "hour");
  const bool minute = is_in(roles, "minute");
  const bool second = is_in(roles, "second");
  const bool is_midnight = !time && !hour && !minute && !second;
  const bool is_time =
      is_midnight || (time ? !hour && !minute && !second : hour && (minute || !second));
  if (!is_time) {
    fail("the time of day is named by time, or by hour, with minute, and with minute and second");
  }
}

CompositeTime::CompositeTime(const Field& field, const std::vector<TimePart>& parts)
    : zone_(field.timezone, field.dst), hour24_(field.hour24) {
  check_time_roles(roles_of(parts));
  for (const auto& role : kRoles) {
    for (const TimePart& given : parts) {
      if (given.role != role.name) continue;
      Part part{given, std::nullopt, role.append};
      hour24_ |= part.part.field.hour24;
      const bool is_plain = part.part.field.format == "default" || part.part.field.format == "any";
      const std::optional<TimeKind> kind = time_kind(role.type);
      if (kind == TimeKind::kDate || (kind && !is_plain)) {
        part.format.emplace(part.part.field.format, *kind, field.hour24 || part.part.field.hour24);
      }
      if (part.part.role == "day_of_year") part.format.emplace("%Y-%j", TimeKind::kDate);
      parts_.push_back(std::move(part));
    }
  }
  local_parts_ = parts_.size() - (parts_.back().append ? 0 : 1);
  const std::string& last = parts_[local_parts_ - 1].part.role;
  const bool is_day = last == "date" || last == "day" || last == "day_of_year";
  suffix_ = is_day ? "T00:00" : last == "hour" ? ":00" : "";
}

bool CompositeTime::parse(ParsedTime& out) const {
  return parse_local_datetime(text_, out) || (hour24_ && parse_hour24(text_, out));
}

std::string CompositeTime::explain(const std::string& made) const {
  if (ParsedTime read; !wrong_ && parse(read)) return "for " + made + " " + zone_.explain(read);
  const TimePart& part = parts_[*wrong_].part;
  return "is no " + part.role +
         (part.field.format == "default" ? "" : " of the format " + part.field.format) + " for " +
         made + (text_.empty() ? "" : " in " + excerpt(text_)) + advice();
}

const char* CompositeTime::advice() const {
  ParsedTime read;
  if (wrong_ == local_parts_ && parse(read)) {
    if (read.has_offset) return "; that has its offset already";
    return zone_.is_utc() ? "; an abbreviation needs the timezone that has it" : "";
  }
  return !hour24_ && parse_hour24(text_, read) ? "; hour24 would make it the end of its day" : "";
}

// Each part could be put in its place. One that is out of its range; else the day, where its month
// has none such; else what comes last.
std::size_t CompositeTime::part_to_blame(const Record& record) const {
  std::size_t day = 0;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const TimePart& part = parts_[i].part;
    const TimePartRoles::Row& role = *TimePartRoles::find(part.role);
    if (part.role == "day") day = i;
    if (role.high == 0) continue;
    const int number = std::atoi(std::string(record[part.column]).c_str());
    if (number < role.low || number > role.high) return i;
  }
  std::int64_t days = 0;
  constexpr std::size_t kDateSize = 10;
  return parse_date(text_.substr(0, kDateSize), days) ? local_parts_ - 1 : day;
}

std::optional<std::int64_t> CompositeTime::to_utc(const ParsedTime& local,
                                                  std::string_view offset) {
  if (local.has_offset) {  // it has said so itself
    wrong_ = local_parts_;
    return std::nullopt;
  }
  const auto east = parse_offset(offset);
  if (!east) {
    const auto utc = zone_.to_utc(local, offset);
    if (!utc && !zone_.uses(offset, local)) wrong_ = local_parts_;
    return utc;
  }
  const std::int64_t utc = local.time.seconds - *east;
  const bool is_year = utc >= kFirstSecond && utc <= kLastSecond;
  if (is_year && (!local.has_second_60 || is_after_leap_second(utc))) return utc;
  text_ += offset;
  wrong_ = local_parts_ - 1;
  return std::nullopt;
}

CompositeTime::Result CompositeTime::read(const Record& record, ParsedTime& out) {
  wrong_.reset();
  text_.clear();
  for (const Part& part : parts_) {
    const std::string_view value = record[part.part.column];
    const CellKind kind = record.kind(part.part.column);
    if (value.empty() || (part.part.missing && part.part.missing->contains(value, kind))) {
      return Result::kMissing;
    }
  }
  for (std::size_t i = 0; i < local_parts_; ++i) {
    const std::string_view value = record[parts_[i].part.column];
    if (!parts_[i].append(parts_[i], value, text_)) {
      wrong_ = i;
      text_.clear();
      return Result::kWrong;
    }
  }
  text_ += suffix_;
  if (!parse(out)) {
    wrong_ = part_to_blame(record);
    return Result::kWrong;
  }
  const auto utc = local_parts_ == parts_.size() ? zone_.to_utc(out)
                                                 : to_utc(out, record[parts_.back().part.column]);
  if (!utc) return Result::kWrong;
  out.time.seconds = *utc;
  out.has_offset = true;
  return Result::kTime;
}

}  // namespace sp
