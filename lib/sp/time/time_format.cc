#include "sp/time/time_format.h"

#include <algorithm>

#include "sp/base/digits.h"
#include "sp/time/calendar.h"
#include "sp/time/time_directive.h"

namespace sp {
namespace {

constexpr std::int64_t kDay = calendar::kSecondsPerDay;

char* put_digits(char* p, unsigned value, int count) {
  for (int i = count - 1; i >= 0; --i, value /= 10) p[i] = static_cast<char>('0' + value % 10);
  return p + count;
}

// The checks of a calendar are parse_local_datetime's: the parts are written for it.
bool to_time(const PatternParts& parts, ParsedTime& out) {
  const unsigned month = parts.day_of_year > 0 ? 1 : parts.month;
  const unsigned day = parts.day_of_year > 0 ? 1 : parts.day;
  char text[32];
  char* p = put_digits(text, parts.year, 4);
  *p++ = '-';
  p = put_digits(p, month, 2);
  *p++ = '-';
  p = put_digits(p, day, 2);
  std::int64_t days = 0;
  if (!parse_date({text, 10}, days)) return false;
  if (parts.day_of_year > 0) {
    const bool leap = parts.year % 4 == 0 && (parts.year % 100 != 0 || parts.year % 400 == 0);
    if (parts.day_of_year > (leap ? 366u : 365u)) return false;
    days += parts.day_of_year - 1;
    p = text + format_date(days, text);
  }
  constexpr std::int64_t kThursday = 3;  // 1970-01-01, where Monday is 0
  if (parts.weekday > 0 && ((days + kThursday) % 7 + 7) % 7 + 1 != parts.weekday) return false;
  *p++ = 'T';
  p = put_digits(p, parts.hour, 2);
  *p++ = ':';
  p = put_digits(p, parts.minute, 2);
  *p++ = ':';
  p = put_digits(p, parts.second, 2);
  if (parts.has_offset) {
    const auto minutes =
        static_cast<unsigned>((parts.offset < 0 ? -parts.offset : parts.offset) / 60);
    *p++ = parts.offset < 0 ? '-' : '+';
    p = put_digits(p, minutes / 60, 2);
    *p++ = ':';
    p = put_digits(p, minutes % 60, 2);
  }
  if (!parse_local_datetime({text, static_cast<std::size_t>(p - text)}, out)) return false;
  out.time.nanos = parts.nanos;
  out.fraction = parts.fraction;
  return true;
}

struct Epoch {
  std::string_view word;
  int digits;  // of a second's fraction
};
constexpr Epoch kEpochs[] = {{"epoch-seconds", 0},
                             {"epoch-milliseconds", 3},
                             {"epoch-microseconds", 6},
                             {"epoch-nanoseconds", 9}};

const Epoch* find_epoch(std::string_view format) {
  for (const Epoch& epoch : kEpochs) {
    if (epoch.word == format) return &epoch;
  }
  return nullptr;
}

bool are_digits(std::string_view text) {
  for (const char c : text) {
    if (!digits::is_digit(c)) return false;
  }
  return !text.empty();
}

// What is left to the next second, in as many digits: 25 becomes 75. False for nothing but zeros.
bool complement(std::string& fraction) {
  const std::size_t last = fraction.find_last_not_of('0');
  if (last == std::string::npos) return false;
  for (std::size_t i = 0; i <= last; ++i) {
    fraction[i] = static_cast<char>('0' + (i == last ? 10 : 9) - (fraction[i] - '0'));
  }
  return true;
}

std::int32_t nanos_of(std::string_view fraction) {
  std::int32_t nanos = 0;
  std::int32_t unit = 100'000'000;
  for (const char c : fraction.substr(0, 9)) {
    nanos += (c - '0') * unit;
    unit /= 10;
  }
  return nanos;
}

bool are_zeros(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

// To the next day. False after the last one.
bool end_day(ParsedTime& out) {
  out.time.seconds += kDay;
  return out.time.seconds <= kLastSecond;
}

}  // namespace

bool parse_hour24(std::string_view text, ParsedTime& out) {
  constexpr std::size_t kHour = 11, kMinute = 14, kSecond = 17;
  if (text.size() < kMinute + 2 || text.substr(kHour, 5) != "24:00") return false;
  const bool has_seconds = text.size() > kSecond && text[kSecond - 1] == ':';
  if (has_seconds && text.substr(kSecond, 2) != "00") return false;
  std::string midnight(text);
  midnight.replace(kHour, 2, "00");
  if (!parse_local_datetime(midnight, out) || !are_zeros(out.fraction)) return false;
  if (!out.fraction.empty()) out.fraction = text.substr(kSecond + 3, out.fraction.size());
  return end_day(out);
}

std::optional<std::int64_t> parse_offset(std::string_view text) {
  constexpr std::size_t kHour = 3;
  if (text == "UTC" || text == "GMT") return 0;
  const std::string full = std::string(text) + (text.size() == kHour ? "00" : "");
  std::string_view rest(full);
  PatternParts parts;
  if (!take_offset(rest, parts) || !rest.empty()) return std::nullopt;
  return parts.offset;
}

TimeFormat::TimeFormat(const std::string& format, TimeKind kind, bool hour24)
    : kind_(kind), hour24_(hour24) {
  if (format == "default" || format == "any") return;
  if (const Epoch* epoch = find_epoch(format)) {
    if (kind != TimeKind::kDatetime) refuse_format(format, "is of the type datetime only");
    epoch_digits_ = epoch->digits;
    return;
  }
  if (format.find('%') == std::string::npos) {
    refuse_format(
        format,
        "is not supported; use default, any, a pattern such as %Y-%m-%d, or for a datetime "
        "epoch-seconds or epoch-milliseconds");
  }
  variants_ = compile_pattern(format, kind);
}

bool TimeFormat::parse_default(std::string_view text, ParsedTime& out) const {
  std::int64_t number = 0;
  out = {};
  if (kind_ == TimeKind::kDate) {
    if (!parse_date(text, number)) return false;
    out.time.seconds = number * kDay;
    return true;
  }
  if (hour24_ && text.starts_with("24:00:00")) {
    std::string midnight(text);
    midnight.replace(0, 2, "00");
    if (!parse_time_of_day(midnight, number) || number != 0) return false;
    out.time.seconds = kDay;
    if (text.size() > 9) out.fraction = text.substr(9);
    return are_zeros(out.fraction);
  }
  if (!parse_time_of_day(text, number)) return false;
  out.time = {number / 1'000'000'000, static_cast<std::int32_t>(number % 1'000'000'000)};
  if (text.size() > 9) out.fraction = text.substr(9);
  return true;
}

bool TimeFormat::parse_epoch(std::string_view text, ParsedTime& out) const {
  constexpr std::size_t kMostDigits = 21;  // the year 9999 in nanoseconds
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (!are_digits(whole) || whole.size() > kMostDigits) return false;
  const auto digits = static_cast<std::size_t>(epoch_digits_);
  const std::size_t below = std::min(digits, whole.size());
  fraction_.assign(digits - below, '0');
  fraction_ += whole.substr(whole.size() - below);
  if (point != std::string_view::npos) {
    if (!are_digits(text.substr(point + 1))) return false;
    fraction_ += text.substr(point + 1);
  }
  std::int64_t seconds = 0;
  for (const char c : whole.substr(0, whole.size() - below)) {
    if (seconds > kLastSecond) return false;
    seconds = seconds * 10 + (c - '0');
  }
  if (negative) seconds = -seconds - (complement(fraction_) ? 1 : 0);
  if (seconds < kFirstSecond || seconds > kLastSecond) return false;
  out.time = {seconds, nanos_of(fraction_)};
  out.has_offset = true;
  out.has_second_60 = false;
  out.fraction = fraction_;
  return true;
}

bool TimeFormat::parse_pattern(std::string_view text, ParsedTime& out) const {
  return std::any_of(
      variants_.begin(), variants_.end(),
      [&](const std::vector<PatternStep>& steps) { return parse_variant(steps, text, out); });
}

bool TimeFormat::parse_variant(const std::vector<PatternStep>& steps, std::string_view text,
                               ParsedTime& out) const {
  PatternParts parts;
  if (!take_all(steps, text, parts)) return false;
  // Second 60 of a time alone belongs to no day, so it cannot be told to exist.
  if (kind_ == TimeKind::kTime && parts.second > 59) return false;
  if (parts.hour12 > 0) parts.hour = parts.hour12 % 12 + (parts.is_afternoon ? 12 : 0);
  const bool ends_day = hour24_ && parts.hour == 24 && parts.minute == 0 && parts.second == 0 &&
                        are_zeros(parts.fraction);
  if (ends_day) parts.hour = 0;
  return to_time(parts, out) && (!ends_day || end_day(out));
}

}  // namespace sp
