#include "sp/time/time_format.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <span>

#include "sp/base/diagnostic.h"
#include "sp/base/digits.h"
#include "sp/time/calendar.h"

namespace sp {

// What has been read so far. Fields that a pattern lacks keep these values.
struct PatternParts {
  unsigned year = 1970, month = 1, day = 1, day_of_year = 0;
  unsigned hour = 0, minute = 0, second = 0;
  unsigned hour12 = 0;   // 1 to 12; 0: none was read
  unsigned weekday = 0;  // 1 is Monday; 0: none was read
  bool is_afternoon = false;
  std::int32_t nanos = 0;
  bool has_offset = false;
  std::int64_t offset = 0;  // seconds east of UTC
  std::string_view fraction;
};

// A directive: its letter, how many digits its number has at most (0: it is none), whether it has
// all of them in any case, and how to take it from the front of the text, with so many at least.
struct PatternDirective {
  char letter;
  std::size_t digits;
  bool is_full;
  bool (*take)(std::string_view& text, PatternParts& parts, std::size_t least);
};
namespace {

using Parts = PatternParts;
using Text = std::string_view;

constexpr std::string_view kDateDirectives = "Yymbdja";
constexpr std::string_view kTimeDirectives = "HIpMSf";
constexpr std::int64_t kDay = calendar::kSecondsPerDay;

using digits::is_digit;

// Takes `least` to `most` digits from the front of `text`.
bool take_number(std::string_view& text, std::size_t least, std::size_t most, unsigned& value) {
  std::size_t n = 0;
  value = 0;
  for (; n < most && n < text.size() && is_digit(text[n]); ++n) {
    value = value * 10 + static_cast<unsigned>(text[n] - '0');
  }
  text.remove_prefix(n);
  return n >= least;
}

// An English name in any case, whole or its first three letters; `value` is its place, from 1.
bool take_name(std::string_view& text, std::span<const std::string_view> names, unsigned& value) {
  constexpr std::size_t kShort = 3;
  for (std::size_t n = 0; n < names.size(); ++n) {
    std::size_t same = 0;
    while (same < std::min(names[n].size(), text.size()) && (text[same] | 0x20) == names[n][same]) {
      ++same;
    }
    if (same < kShort) continue;
    text.remove_prefix(same == names[n].size() ? same : kShort);
    value = static_cast<unsigned>(n + 1);
    return true;
  }
  return false;
}

constexpr std::string_view kMonths[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
constexpr std::string_view kWeekdays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                          "friday", "saturday", "sunday"};

bool take_fraction(std::string_view& text, Parts& parts) {
  std::size_t n = 0;
  std::int32_t unit = 100'000'000;
  for (; n < text.size() && is_digit(text[n]); ++n) {
    parts.nanos += (text[n] - '0') * unit;
    unit /= 10;
  }
  parts.fraction = text.substr(0, n);
  text.remove_prefix(n);
  return n > 0;
}

bool take_offset(std::string_view& text, Parts& parts) {
  if (text.empty()) return false;
  const char sign = text[0];
  text.remove_prefix(1);
  parts.has_offset = true;
  if (sign == 'Z' || sign == 'z') return true;
  unsigned hours = 0;
  unsigned minutes = 0;
  if ((sign != '+' && sign != '-') || !take_number(text, 2, 2, hours)) return false;
  if (!text.empty() && text[0] == ':') text.remove_prefix(1);
  if (!take_number(text, 2, 2, minutes) || hours > 23 || minutes > 59) return false;
  parts.offset = (hours * 60 + minutes) * 60;
  if (sign == '-') parts.offset = -parts.offset;
  return true;
}

// AM, PM, a.m., p.m. or the first letter alone.
bool take_half_day(std::string_view& text, Parts& parts) {
  if (text.empty()) return false;
  const char half = static_cast<char>(text[0] | 0x20);
  if (half != 'a' && half != 'p') return false;
  parts.is_afternoon = half == 'p';
  text.remove_prefix(1);
  const bool has_points = text.size() >= 3 && text[0] == '.' && text[2] == '.';
  const std::size_t at = has_points ? 1 : 0;
  if (at < text.size() && (text[at] | 0x20) == 'm') text.remove_prefix(has_points ? 3 : 1);
  return true;
}

// As POSIX has it.
bool lengthen_year(Parts& parts) {
  parts.year += parts.year < 69 ? 2000 : 1900;
  return true;
}

constexpr char kFraction = '\0';

constexpr PatternDirective kDirectives[] = {
    {'Y', 4, true, [](Text& t, Parts& p, std::size_t n) { return take_number(t, n, 4, p.year); }},
    {'y', 2, true,
     [](Text& t, Parts& p, std::size_t n) {
       return take_number(t, n, 2, p.year) && lengthen_year(p);
     }},
    {'m', 2, false, [](Text& t, Parts& p, std::size_t n) { return take_number(t, n, 2, p.month); }},
    {'b', 0, false,
     [](Text& t, Parts& p, std::size_t /*n*/) { return take_name(t, kMonths, p.month); }},
    {'d', 2, false, [](Text& t, Parts& p, std::size_t n) { return take_number(t, n, 2, p.day); }},
    {'j', 3, false,
     [](Text& t, Parts& p, std::size_t n) {
       return take_number(t, n, 3, p.day_of_year) && p.day_of_year > 0;
     }},
    {'a', 0, false,
     [](Text& t, Parts& p, std::size_t /*n*/) { return take_name(t, kWeekdays, p.weekday); }},
    {'H', 2, false, [](Text& t, Parts& p, std::size_t n) { return take_number(t, n, 2, p.hour); }},
    {'I', 2, false,
     [](Text& t, Parts& p, std::size_t n) {
       return take_number(t, n, 2, p.hour12) && p.hour12 - 1 < 12;
     }},
    {'p', 0, false, [](Text& t, Parts& p, std::size_t /*n*/) { return take_half_day(t, p); }},
    {'M', 2, false,
     [](Text& t, Parts& p, std::size_t n) { return take_number(t, n, 2, p.minute); }},
    {'S', 2, false,
     [](Text& t, Parts& p, std::size_t n) { return take_number(t, n, 2, p.second); }},
    {'f', 0, false, [](Text& t, Parts& p, std::size_t /*n*/) { return take_fraction(t, p); }},
    {'z', 0, false, [](Text& t, Parts& p, std::size_t /*n*/) { return take_offset(t, p); }},
    // Of no pattern: what may follow %S.
    {kFraction, 0, false,
     [](Text& t, Parts& p, std::size_t /*n*/) {
       if (t.size() < 2 || (t[0] != '.' && t[0] != ',') || !is_digit(t[1])) return true;
       t.remove_prefix(1);
       return take_fraction(t, p);
     }},
};

const PatternDirective* find_directive(char letter) {
  if (letter == 'B' || letter == 'h') letter = 'b';
  if (letter == 'A') letter = 'a';
  for (const PatternDirective& directive : kDirectives) {
    if (directive.letter == letter && letter != kFraction) return &directive;
  }
  return nullptr;
}

char* put_digits(char* p, unsigned value, int count) {
  for (int i = count - 1; i >= 0; --i, value /= 10) p[i] = static_cast<char>('0' + value % 10);
  return p + count;
}

// The checks of a calendar are parse_local_datetime's: the parts are written for it.
bool to_time(const Parts& parts, ParsedTime& out) {
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

[[noreturn]] void refuse(const std::string& pattern, const std::string& why) {
  throw Error(ExitCode::kConfig, "the format '" + pattern + "' " + why);
}

// A pattern's pieces: a character that stands for itself, a directive, or where a part that may be
// missing begins and ends.
struct Token {
  enum class Kind { kLiteral, kDirective, kOptional, kEnd } kind;
  char letter = 0;
  const PatternDirective* directive = nullptr;
  bool lacks_zeros = false;  // %-
};

Token directive_token(const std::string& pattern, std::size_t& i) {
  const auto next = [&] {
    if (++i >= pattern.size()) refuse(pattern, "ends in a lone %");
    return pattern[i];
  };
  Token token{Token::Kind::kDirective, next()};
  if (token.letter == '%') token.kind = Token::Kind::kLiteral;
  if (token.letter == '[') token.kind = Token::Kind::kOptional;
  if (token.letter == ']') token.kind = Token::Kind::kEnd;
  if (token.kind != Token::Kind::kDirective) return token;
  token.lacks_zeros = token.letter == '-';
  if (token.lacks_zeros) token.letter = next();
  token.directive = find_directive(token.letter);
  if (token.directive == nullptr) {
    refuse(pattern, std::string("has %") + token.letter +
                        ", which sp does not support; it knows %Y %y %m %b %B %d %j %a %A %H %I %p "
                        "%M %S %f %z, %- before one, and %[ and %] around what may be missing");
  }
  token.letter = token.directive->letter;
  if (token.lacks_zeros && token.directive->digits == 0) {
    refuse(pattern, std::string("has %-") + token.letter + ", and %" + token.letter +
                        " is no number of so many digits");
  }
  return token;
}

std::vector<Token> tokens_of(const std::string& pattern) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    tokens.push_back(pattern[i] == '%' ? directive_token(pattern, i)
                                       : Token{Token::Kind::kLiteral, pattern[i]});
  }
  return tokens;
}

// The pattern with and without each of the parts that may be missing, the whole one first.
std::vector<std::vector<Token>> variants_of(const std::string& pattern) {
  constexpr std::size_t kMost = 4;
  std::vector<std::vector<Token>> variants(1);
  std::vector<std::vector<Token>> without;  // while in such a part
  for (const Token& token : tokens_of(pattern)) {
    if (token.kind == Token::Kind::kOptional) {
      if (!without.empty()) refuse(pattern, "has %[ within %[ and %]");
      without = variants;
    } else if (token.kind == Token::Kind::kEnd) {
      if (without.empty()) refuse(pattern, "has %] without %[");
      variants.insert(variants.end(), without.begin(), without.end());
      without.clear();
      if (variants.size() > std::size_t{1} << kMost)
        refuse(pattern, "has more than four parts in %[ and %]");
    } else {
      for (std::vector<Token>& variant : variants) variant.push_back(token);
    }
  }
  if (!without.empty()) refuse(pattern, "has %[ without %]");
  return variants;
}

// The directives of a variant, each at most once.
std::string directives_of(const std::string& pattern, const std::vector<Token>& tokens) {
  std::string found;
  for (const Token& token : tokens) {
    if (token.kind != Token::Kind::kDirective) continue;
    if (found.find(token.letter) != std::string::npos) {
      refuse(pattern, std::string("has %") + token.letter + " twice");
    }
    found += token.letter;
  }
  return found;
}

bool has_any(const std::string& letters, std::string_view wanted) {
  return letters.find_first_of(wanted) != std::string::npos;
}

void check_pattern(const std::string& pattern, const std::string& letters, TimeKind kind,
                   bool is_whole) {
  const bool year = has_any(letters, "Yy");
  const bool day = has_any(letters, "j") || (has_any(letters, "mb") && has_any(letters, "d"));
  if (kind != TimeKind::kTime && !(year && day))
    refuse(pattern, "does not name year, month and day");
  if (kind != TimeKind::kDate && is_whole && !has_any(letters, "HI"))
    refuse(pattern, "does not name the hour");
  if (kind == TimeKind::kTime && has_any(letters, kDateDirectives))
    refuse(pattern, "of a time has parts of a date");
  if (kind != TimeKind::kDatetime && has_any(letters, "z"))
    refuse(pattern, "has %z, which only a datetime may have");
  if (kind == TimeKind::kDate && has_any(letters, kTimeDirectives))
    refuse(pattern, "of a date has parts of a time");
  if (has_any(letters, "H") && has_any(letters, "Ip"))
    refuse(pattern, "names the hour in two ways: %H goes without %I and %p");
  if (has_any(letters, "I") != has_any(letters, "p"))
    refuse(pattern, "has only one of %I and %p, which need each other");
  const bool doubled = (has_any(letters, "Y") && has_any(letters, "y")) ||
                       (has_any(letters, "m") && has_any(letters, "b")) ||
                       (has_any(letters, "j") && has_any(letters, "mbd"));
  if (doubled) refuse(pattern, "names the same part of a date in two ways");
}

bool is_number(const Token& token) {
  return token.kind == Token::Kind::kDirective &&
         (token.directive->digits > 0 || token.letter == 'f');
}

// Of numbers that touch, from token `i` on: how many digits they have.
std::size_t digits_of_run(const std::string& pattern, const std::vector<Token>& tokens,
                          std::size_t i) {
  if (i > 0 && is_number(tokens[i - 1])) {
    refuse(pattern,
           "has %- within a number; it goes before the first directive that touches others");
  }
  std::size_t digits = 0;
  for (; i < tokens.size() && is_number(tokens[i]); ++i) {
    if (tokens[i].letter == 'f') refuse(pattern, "has %- in a number that %f touches");
    digits += tokens[i].directive->digits;
  }
  return digits;
}

// Numbers that touch have all their digits, so that none is taken for a part of another.
std::vector<PatternStep> steps_of(const std::string& pattern, const std::vector<Token>& tokens,
                                  bool has_fraction) {
  std::vector<PatternStep> steps;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.kind == Token::Kind::kLiteral) {
      steps.push_back({nullptr, token.letter, 0, 0});
      continue;
    }
    const bool touches = is_number(token) && ((i > 0 && is_number(tokens[i - 1])) ||
                                              (i + 1 < tokens.size() && is_number(tokens[i + 1])));
    const bool is_full = touches || token.directive->is_full;
    steps.push_back({token.directive, 0, is_full ? token.directive->digits : 1,
                     token.lacks_zeros ? digits_of_run(pattern, tokens, i) : 0});
    const char next = i + 1 < tokens.size() ? tokens[i + 1].letter : ' ';
    if (token.letter == 'S' && !has_fraction && next != '.' && next != ',') {
      steps.push_back({&std::end(kDirectives)[-1], 0, 0, 0});
    }
  }
  return steps;
}

std::vector<std::vector<PatternStep>> compile(const std::string& pattern, TimeKind kind) {
  std::vector<std::vector<PatternStep>> out;
  for (const std::vector<Token>& tokens : variants_of(pattern)) {
    const std::string letters = directives_of(pattern, tokens);
    check_pattern(pattern, letters, kind, out.empty());
    out.push_back(steps_of(pattern, tokens, has_any(letters, "f")));
  }
  return out;
}

bool take(const PatternStep& step, std::string_view& text, Parts& parts) {
  if (step.directive != nullptr) return step.directive->take(text, parts, step.least);
  if (text.empty() || text[0] != step.letter) return false;
  text.remove_prefix(1);
  return true;
}

// What is left of `text` after a number of up to `size` digits, which are put into `digits` with
// the leading zeros that it lacks. False where there is no digit.
bool take_digits(std::string_view& text, char* digits, std::size_t size) {
  std::size_t n = 0;
  while (n < std::min(size, text.size()) && is_digit(text[n])) ++n;
  std::fill_n(digits, size - n, '0');
  std::copy_n(text.data(), n, digits + (size - n));
  text.remove_prefix(n);
  return n > 0;
}

bool take_all(const std::vector<PatternStep>& steps, std::string_view text, Parts& parts) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::size_t size = steps[i].run;
    if (size == 0) {
      if (!take(steps[i], text, parts)) return false;
      continue;
    }
    char digits[kMaxTimestampText];
    if (!take_digits(text, digits, size)) return false;
    std::string_view number(digits, size);
    for (;; ++i) {
      if (!take(steps[i], number, parts)) return false;
      if (number.empty()) break;
    }
  }
  return text.empty();
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
    if (!is_digit(c)) return false;
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
  Parts parts;
  if (!take_offset(rest, parts) || !rest.empty()) return std::nullopt;
  return parts.offset;
}

TimeFormat::TimeFormat(const std::string& format, TimeKind kind, bool hour24)
    : kind_(kind), hour24_(hour24) {
  if (format == "default" || format == "any") return;
  if (const Epoch* epoch = find_epoch(format)) {
    if (kind != TimeKind::kDatetime) refuse(format, "is of the type datetime only");
    epoch_digits_ = epoch->digits;
    return;
  }
  if (format.find('%') == std::string::npos) {
    refuse(format,
           "is not supported; use default, any, a pattern such as %Y-%m-%d, or for a datetime "
           "epoch-seconds or epoch-milliseconds");
  }
  variants_ = compile(format, kind);
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
  Parts parts;
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
