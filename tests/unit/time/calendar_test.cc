#include "sp/time/calendar.h"

#include <doctest/doctest.h>

#include <chrono>

namespace {

namespace calendar = sp::calendar;
using namespace std::chrono;  // NOLINT(google-build-using-namespace)

std::int64_t standard_days(const calendar::Date& date) {
  const auto ymd = year(date.year) / month(date.month) / day(date.day);
  return sys_days(ymd).time_since_epoch().count();
}

TEST_CASE("every month of the standard library's years, there and back") {
  for (std::int64_t number = -30000 * 12; number <= 30000 * 12; ++number) {
    const auto of_year = static_cast<std::int32_t>(calendar::floor_div(number, 12));
    const auto of_month = static_cast<unsigned>(number - of_year * 12 + 1);
    const std::int64_t first = calendar::days_of_month(number);
    REQUIRE(first == standard_days({of_year, of_month, 1}));
    REQUIRE(calendar::month_of_day(first) == number);
    REQUIRE(calendar::month_of_day(first - 1) == number - 1);
    const auto last = calendar::date_of(calendar::days_of_month(number + 1) - 1);
    REQUIRE(last.year == of_year);
    REQUIRE(last.month == of_month);
    REQUIRE(last.day == calendar::last_day(of_year, of_month));
  }
}

TEST_CASE("days that exist") {
  CHECK(calendar::exists({2000, 2, 29}));
  CHECK_FALSE(calendar::exists({1900, 2, 29}));
  CHECK_FALSE(calendar::exists({2001, 4, 31}));
  CHECK_FALSE(calendar::exists({2001, 0, 1}));
  CHECK_FALSE(calendar::exists({2001, 13, 1}));
  CHECK_FALSE(calendar::exists({2001, 1, 0}));
}

}  // namespace
