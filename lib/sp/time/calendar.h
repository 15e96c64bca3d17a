// The proleptic Gregorian calendar, of years that fit 32 bits: days since 1970-01-01, and months
// since January of the year 0. After Howard Hinnant's chrono-compatible low-level date algorithms
// (https://howardhinnant.github.io/date_algorithms.html): years that begin in March put the leap
// day last.
#pragma once

#include <cstdint>

namespace sp::calendar {

inline constexpr std::int64_t kSecondsPerDay = 86400;

struct Date {
  std::int32_t year = 1970;
  unsigned month = 1;  // 1..12
  unsigned day = 1;    // 1..31
};

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

constexpr bool is_leap_year(std::int32_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// Of a month 1..12.
constexpr unsigned last_day(std::int32_t year, unsigned month) {
  constexpr unsigned char kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : kDays[month - 1];
}

constexpr bool exists(const Date& date) {
  return date.month >= 1 && date.month <= 12 && date.day >= 1 &&
         date.day <= last_day(date.year, date.month);
}

constexpr std::int64_t days_of(const Date& date) {
  const std::int64_t year = std::int64_t{date.year} - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year =
      (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

constexpr Date date_of(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * day_of_year + 2) / 153;
  const auto month = static_cast<unsigned>(shifted < 10 ? shifted + 3 : shifted - 9);
  const auto day = static_cast<unsigned>(day_of_year - (153 * shifted + 2) / 5 + 1);
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return {static_cast<std::int32_t>(year), month, day};
}

// Of the first day of a month.
constexpr std::int64_t days_of_month(std::int64_t months) {
  const std::int64_t year = floor_div(months, 12);
  const auto month = static_cast<unsigned>(months - year * 12 + 1);
  return days_of({static_cast<std::int32_t>(year), month, 1});
}

constexpr std::int64_t month_of_day(std::int64_t days) {
  const Date date = date_of(days);
  return std::int64_t{date.year} * 12 + date.month - 1;
}

}  // namespace sp::calendar
