#include "sp/time/timestamp.h"

#include <array>
#include <cstring>

#include "sp/base/digits.h"
#include "sp/time/calendar.h"

namespace sp {
namespace {

using calendar::kSecondsPerDay;

constexpr std::size_t kDateLength = 10;
constexpr std::size_t kMinuteLength = 16;

// Two digits at `p`, or something above 99 where they are not digits.
unsigned two_digits(const char* p) {
  const unsigned tens = static_cast<unsigned char>(p[0] - '0');
  const unsigned ones = static_cast<unsigned char>(p[1] - '0');
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : 100;
}

bool read_date(const char* p, calendar::Date& date) {
  const unsigned century = two_digits(p);
  const unsigned year = two_digits(p + 2);
  date.month = two_digits(p + 5);
  date.day = two_digits(p + 8);
  if (century > 99 || year > 99 || p[4] != '-' || p[7] != '-') return false;
  date.year = static_cast<std::int32_t>(century * 100 + year);
  return calendar::exists(date);
}

// What stands after the minutes: the part of a time that is optional.
struct Clock {
  unsigned hour = 0, minute = 0, second = 0;
  std::int32_t nanos = 0;
  std::string_view fraction;
};

// Reads ".digits" at `p`; false where no digit follows the point.
bool read_fraction(const char*& p, const char* end, Clock& clock) {
  const char* const begin = ++p;
  std::int32_t unit = 100'000'000;
  for (; p != end && static_cast<unsigned char>(*p - '0') <= 9; ++p) {
    clock.nanos += (*p - '0') * unit;
    unit /= 10;
  }
  clock.fraction = {begin, static_cast<std::size_t>(p - begin)};
  return p != begin;
}

// [:SS[.fraction]] at `p`, which is moved after it. Second 60 is let through.
bool read_seconds(const char*& p, const char* end, Clock& clock) {
  if (p == end || *p != ':') return true;
  if (end - p < 3) return false;
  clock.second = two_digits(p + 1);
  if (clock.second > 60) return false;
  p += 3;
  return p == end || *p != '.' || read_fraction(p, end, clock);
}

// The values 0 to 9 of a word's digits, where `form` has a zero, and 0 where it is equal to `form`:
// false where a byte is neither.
bool match(std::uint64_t word, std::uint64_t form, std::uint64_t separators,
           std::uint64_t& values) {
  values = word ^ form;
  const std::uint64_t above_nine = (values + 0x7676767676767676) | values;
  return ((above_nine & digits::kHighBits) | (values & separators)) == 0;
}

// Byte `at` of a word of digits' values, as the tens of a number whose ones are the next byte.
unsigned pair(std::uint64_t values, int at) {
  return static_cast<unsigned>(((values * 10 + (values >> 8)) >> (8 * at)) & 0xff);
}

// The sixteen bytes YYYY-MM-DD HH:MM, in two words; what stands between day and hour is the
// caller's.
bool read_minute(const char* p, calendar::Date& date, Clock& clock) {
  std::uint64_t year_month = 0;
  std::uint64_t day_minute = 0;
  constexpr std::uint64_t kYearMonth = 0x2d30302d30303030;  // "0000-00-"
  constexpr std::uint64_t kDayMinute = 0x30303a3030003030;  // "00.00:00"
  constexpr std::uint64_t kAnyThird = ~std::uint64_t{0xff0000};
  if (!match(digits::load8(p), kYearMonth, 0xff0000ff00000000, year_month)) return false;
  if (!match(digits::load8(p + 8) & kAnyThird, kDayMinute, 0x0000ff0000ff0000, day_minute)) {
    return false;
  }
  date = {static_cast<std::int32_t>(pair(year_month, 0) * 100 + pair(year_month, 2)),
          pair(year_month, 5), pair(day_minute, 0)};
  clock.hour = pair(day_minute, 3);
  clock.minute = pair(day_minute, 6);
  return clock.hour <= 23 && clock.minute <= 59 && calendar::exists(date);
}

// Z, z or (+|-)HH:MM up to the end; nothing is no offset.
bool read_offset(const char* p, const char* end, bool& has_offset, std::int64_t& offset) {
  has_offset = p != end;
  offset = 0;
  if (p == end) return true;
  if (*p == 'Z' || *p == 'z') return p + 1 == end;
  if ((*p != '+' && *p != '-') || end - p != 6 || p[3] != ':') return false;
  const unsigned hours = two_digits(p + 1);
  const unsigned minutes = two_digits(p + 4);
  if (hours > 23 || minutes > 59) return false;
  offset = static_cast<std::int64_t>(hours * 60 + minutes) * 60;
  if (*p == '-') offset = -offset;
  return true;
}

// "00" to "99", one after the other.
constexpr auto kTwoDigits = [] {
  std::array<char, 200> text{};
  for (unsigned i = 0; i < 100; ++i) {
    text[2 * i] = static_cast<char>('0' + i / 10);
    text[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return text;
}();

char* put_two(char* p, unsigned value) {
  std::memcpy(p, kTwoDigits.data() + 2 * value, 2);
  return p + 2;
}

}  // namespace

bool parse_date(std::string_view text, std::int64_t& days) {
  calendar::Date date;
  if (text.size() != kDateLength || !read_date(text.data(), date)) return false;
  days = calendar::days_of(date);
  return date.year > 0;
}

bool parse_time_of_day(std::string_view text, std::int64_t& nanos) {
  const char* p = text.data();
  const char* const end = p + text.size();
  Clock clock;
  if (text.size() < 8 || p[2] != ':' || p[5] != ':') return false;
  clock.hour = two_digits(p);
  clock.minute = two_digits(p + 3);
  p += 5;
  if (clock.hour > 23 || clock.minute > 59) return false;
  if (!read_seconds(p, end, clock) || p != end || clock.second > 59) return false;
  const std::int64_t seconds = clock.hour * 3600 + clock.minute * 60 + clock.second;
  nanos = seconds * 1'000'000'000 + clock.nanos;
  return true;
}

// Leap seconds have been put in at the end of these two days only, at midnight UTC.
bool is_after_leap_second(std::int64_t seconds) {
  if (seconds % kSecondsPerDay != 0 || seconds > kLastSecond) return false;
  const calendar::Date next = calendar::date_of(seconds / kSecondsPerDay);
  return next.day == 1 && (next.month == 7 || next.month == 1);
}

bool parse_datetime(std::string_view text, ParsedTime& out) {
  return parse_local_datetime(text, out) &&
         (!out.has_second_60 || is_after_leap_second(out.time.seconds));
}

bool parse_local_datetime(std::string_view text, ParsedTime& out) {
  const char* p = text.data();
  const char* const end = p + text.size();
  calendar::Date date;
  Clock clock;
  std::int64_t offset = 0;
  if (text.size() < kMinuteLength || !read_minute(p, date, clock)) return false;
  const char separator = p[kDateLength];
  if (separator != 'T' && separator != ' ' && separator != 't') return false;
  p += kMinuteLength;
  if (!read_seconds(p, end, clock)) return false;
  if (!read_offset(p, end, out.has_offset, offset)) return false;
  const std::int64_t seconds = calendar::days_of(date) * kSecondsPerDay + clock.hour * 3600 +
                               clock.minute * 60 + clock.second - offset;
  if (seconds < kFirstSecond || seconds > kLastSecond) return false;
  out.time = {seconds, clock.nanos};
  out.fraction = clock.fraction;
  out.has_second_60 = clock.second == 60;
  if (out.has_second_60 && out.has_offset) return is_after_leap_second(seconds);
  return true;
}

std::size_t format_date(std::int64_t days, char* out) {
  const calendar::Date date = calendar::date_of(days);
  const auto year = static_cast<unsigned>(date.year);
  char* p = put_two(out, year / 100);
  p = put_two(p, year % 100);
  *p++ = '-';
  p = put_two(p, date.month);
  *p++ = '-';
  p = put_two(p, date.day);
  return static_cast<std::size_t>(p - out);
}

std::size_t format_utc(std::int64_t seconds, std::string_view fraction, char* out) {
  std::int64_t days = seconds / kSecondsPerDay;
  std::int64_t rest = seconds % kSecondsPerDay;
  if (rest < 0) {
    rest += kSecondsPerDay;
    --days;
  }
  char* p = out + format_date(days, out);
  const auto clock = static_cast<unsigned>(rest);
  *p++ = 'T';
  p = put_two(p, clock / 3600);
  *p++ = ':';
  p = put_two(p, clock / 60 % 60);
  *p++ = ':';
  p = put_two(p, clock % 60);
  if (!fraction.empty()) {
    *p++ = '.';
    std::memcpy(p, fraction.data(), fraction.size());
    p += fraction.size();
  }
  *p++ = 'Z';
  return static_cast<std::size_t>(p - out);
}

}  // namespace sp
