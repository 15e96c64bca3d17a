#include "sp/time/zone_rule.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <limits>

#include "sp/base/digits.h"

namespace sp {
namespace {

using digits::is_digit;
bool is_letter(char c) { return static_cast<unsigned char>((c | 0x20) - 'a') < 26; }

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

// One to three digits.
bool take_number(std::string_view& text, int least, int most, int& value) {
  std::size_t n = 0;
  for (value = 0; n < 3 && n < text.size() && is_digit(text[n]); ++n) {
    value = value * 10 + (text[n] - '0');
  }
  text.remove_prefix(n);
  return n > 0 && value >= least && value <= most;
}

// EET, or <-03>, whose name is -03.
bool take_name(std::string_view& text, std::string& name) {
  const bool is_quoted = take(text, '<');
  std::size_t n = 0;
  while (n < text.size() &&
         (is_letter(text[n]) ||
          (is_quoted && (is_digit(text[n]) || text[n] == '+' || text[n] == '-')))) {
    ++n;
  }
  name = text.substr(0, n);
  text.remove_prefix(n);
  return n >= 3 && (!is_quoted || take(text, '>'));
}

// [+-]hh[:mm[:ss]]
bool take_time(std::string_view& text, int most_hours, std::int64_t& seconds) {
  const bool is_negative = take(text, '-');
  if (!is_negative) take(text, '+');
  int hours = 0;
  int minutes = 0;
  int rest = 0;
  if (!take_number(text, 0, most_hours, hours)) return false;
  if (take(text, ':')) {
    if (!take_number(text, 0, 59, minutes)) return false;
    if (take(text, ':') && !take_number(text, 0, 59, rest)) return false;
  }
  seconds = (hours * 60 + minutes) * 60 + rest;
  if (is_negative) seconds = -seconds;
  return true;
}

// West of Greenwich is positive there.
bool take_offset(std::string_view& text, std::int64_t& east) {
  constexpr int kMostHours = 24;
  if (!take_time(text, kMostHours, east)) return false;
  east = -east;
  return true;
}

bool take_day(std::string_view& text, ZoneRule::Change& change) {
  using Day = ZoneRule::Change::Day;
  if (take(text, 'J')) {
    change.day = Day::kJulian;
    return take_number(text, 1, 365, change.number);
  }
  if (!take(text, 'M')) return take_number(text, 0, 365, change.number);
  change.day = Day::kWeekday;
  return take_number(text, 1, 12, change.month) && take(text, '.') &&
         take_number(text, 1, 5, change.week) && take(text, '.') &&
         take_number(text, 0, 6, change.weekday);
}

bool take_change(std::string_view& text, ZoneRule::Change& change) {
  constexpr int kMostHours = 167;
  change.seconds = 2 * 3600;
  if (!take(text, ',') || !take_day(text, change)) return false;
  return !take(text, '/') || take_time(text, kMostHours, change.seconds);
}

using std::chrono::days;
using std::chrono::January;
using std::chrono::sys_days;
using std::chrono::year;

sys_days day_in(year of, const ZoneRule::Change& change) {
  using Day = ZoneRule::Change::Day;
  constexpr int kLast = 5;
  constexpr int kEndOfFebruary = 59;
  if (change.day == Day::kWeekday) {
    const std::chrono::month month(static_cast<unsigned>(change.month));
    const std::chrono::weekday weekday(static_cast<unsigned>(change.weekday));
    if (change.week == kLast) return sys_days(of / month / weekday[std::chrono::last]);
    return sys_days(of / month / weekday[static_cast<unsigned>(change.week)]);
  }
  const sys_days first(of / January / 1);
  if (change.day == Day::kZeroBased) return first + days(change.number);
  const bool skips_a_day = of.is_leap() && change.number > kEndOfFebruary;
  return first + days(change.number - 1 + (skips_a_day ? 1 : 0));
}

// In seconds of the local time that ends.
std::int64_t time_in(year of, const ZoneRule::Change& change) {
  return day_in(of, change).time_since_epoch().count() * std::int64_t{86400} + change.seconds;
}

}  // namespace

std::optional<ZoneRule> ZoneRule::parse(std::string_view text) {
  constexpr std::int64_t kHour = 3600;
  ZoneRule rule;
  if (!take_name(text, rule.standard_name_) || !take_offset(text, rule.standard_)) {
    return std::nullopt;
  }
  rule.daylight_ = rule.standard_;
  if (text.empty()) return rule;
  rule.changes_ = true;
  if (!take_name(text, rule.daylight_name_)) return std::nullopt;
  rule.daylight_ = rule.standard_ + kHour;
  if (!text.starts_with(',') && !take_offset(text, rule.daylight_)) return std::nullopt;
  if (!take_change(text, rule.to_daylight_) || !take_change(text, rule.to_standard_)) {
    return std::nullopt;
  }
  if (!text.empty()) return std::nullopt;
  return rule;
}

std::optional<ZoneRule> ZoneRule::read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  // The rule is the last line; the first version of the format has none.
  if (!bytes.starts_with("TZif") || bytes.size() < 6 || bytes[4] < '2' || !bytes.ends_with('\n')) {
    return std::nullopt;
  }
  const std::size_t before = bytes.rfind('\n', bytes.size() - 2);
  if (before == std::string::npos) return std::nullopt;
  return parse(std::string_view(bytes).substr(before + 1, bytes.size() - before - 2));
}

ZoneRule::Span ZoneRule::at(std::int64_t utc) const {
  constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max() / 4;
  if (!changes_) return {-kForever, kForever, standard_, standard_name_};
  // A change may lie days outside its year, so that the years around are needed.
  struct Turn {
    std::int64_t at;
    bool is_daylight;  // at the same moment, daylight time comes last: it holds the whole year
    bool operator<(const Turn& other) const {
      return at != other.at ? at < other.at : is_daylight < other.is_daylight;
    }
  };
  std::array<Turn, 10> turns;
  const auto today = sys_days(days(utc / 86400));
  year of = std::chrono::year_month_day(today).year() - std::chrono::years(2);
  for (std::size_t i = 0; i < turns.size(); i += 2, ++of) {
    turns[i] = {time_in(of, to_daylight_) - standard_, true};
    turns[i + 1] = {time_in(of, to_standard_) - daylight_, false};
  }
  std::sort(turns.begin(), turns.end());
  const auto* next = std::find_if(turns.begin() + 1, turns.end() - 1,
                                  [utc](const Turn& turn) { return turn.at > utc; });
  const Turn& last = *(next - 1);
  return {last.at, next->at, last.is_daylight ? daylight_ : standard_,
          last.is_daylight ? daylight_name_ : standard_name_};
}

}  // namespace sp
