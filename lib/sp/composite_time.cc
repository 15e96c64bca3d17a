#include "sp/composite_time.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "sp/diagnostic.h"
#include "sp/digits.h"

namespace sp {
namespace {

constexpr std::int64_t kDay = 86400;

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

}  // namespace

// A role: where it stands in RFC 3339, and how it is put there.
struct TimePartRoles {
  using Part = CompositeTime::Part;
  struct Row {
    const char* name;
    FieldType type;  // kDate and kTime have formats; kInteger is any other
    bool (*append)(const Part& part, std::string_view value, std::string& text);
    int low = 0, high = 0;  // of a number with a range
  };

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
    {"date", FieldType::kDate, TimePartRoles::date},
    {"year", FieldType::kInteger, TimePartRoles::year},
    {"month", FieldType::kInteger, TimePartRoles::month, 1, 12},
    {"day", FieldType::kInteger, TimePartRoles::month, 1, 31},
    {"day_of_year", FieldType::kInteger, TimePartRoles::day_of_year},
    {"time", FieldType::kTime, TimePartRoles::time},
    {"hour", FieldType::kInteger, TimePartRoles::hour, 0, 23},
    {"minute", FieldType::kInteger, TimePartRoles::minute, 0, 59},
    {"second", FieldType::kInteger, TimePartRoles::second, 0, 60},
};

bool is_in(const std::vector<std::string>& roles, std::string_view role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

[[noreturn]] void fail(const std::string& message) { throw Error(ExitCode::kConfig, message); }

std::vector<std::string> roles_of(const std::vector<TimePart>& parts) {
  std::vector<std::string> roles;
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
  for (const auto& row : kRoles) names.emplace_back(row.name);
  return names;
}

void check_time_roles(const std::vector<std::string>& roles) {
  for (const std::string& role : roles) {
    if (!TimePartRoles::find(role)) {
      fail("'" + role +
           "' is no part of a date-time; the parts are date, time, year, month, day, "
           "day_of_year, hour, minute and second");
    }
    if (std::count(roles.begin(), roles.end(), role) > 1) fail("'" + role + "' is there twice");
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

CompositeTime::CompositeTime(const Field& field, std::vector<TimePart> parts)
    : zone_(field.timezone, field.dst), hour24_(field.hour24) {
  check_time_roles(roles_of(parts));
  for (const auto& role : kRoles) {
    for (TimePart& given : parts) {
      if (given.role != role.name) continue;
      Part part{std::move(given), std::nullopt, role.append};
      given.role.clear();
      hour24_ |= part.part.field.hour24;
      const bool is_plain = part.part.field.format == "default" || part.part.field.format == "any";
      if (role.type == FieldType::kDate || (role.type == FieldType::kTime && !is_plain)) {
        part.format.emplace(part.part.field.format, role.type, part.part.field.hour24);
      }
      if (part.part.role == "day_of_year") part.format.emplace("%Y-%j", FieldType::kDate);
      parts_.push_back(std::move(part));
    }
  }
  const std::string& last = parts_.back().part.role;
  const bool is_day = last == "date" || last == "day" || last == "day_of_year";
  suffix_ = is_day ? "T00:00" : last == "hour" ? ":00" : "";
}

const char* CompositeTime::advice() const {
  ParsedTime unused;
  return !hour24_ && parse_hour24(text_, unused) ? "; hour24 would make it the end of its day" : "";
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
  return parse_date(text_.substr(0, kDateSize), days) ? parts_.size() - 1 : day;
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
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const std::string_view value = record[parts_[i].part.column];
    if (!parts_[i].append(parts_[i], value, text_)) {
      wrong_ = i;
      text_.clear();
      return Result::kWrong;
    }
  }
  text_ += suffix_;
  if (!parse_local_datetime(text_, out) && !(hour24_ && parse_hour24(text_, out))) {
    wrong_ = part_to_blame(record);
    return Result::kWrong;
  }
  const auto utc = zone_.to_utc(out);
  if (!utc) return Result::kWrong;
  out.time.seconds = *utc;
  out.has_offset = true;
  return Result::kTime;
}

}  // namespace sp
