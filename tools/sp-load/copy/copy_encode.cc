#include "sp-load/copy/copy_encode.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>

#include "sp/base/utf8.h"
#include "sp/number/number.h"
#include "sp/time/calendar.h"
#include "sp/time/timestamp.h"

namespace sp::load {
namespace {

constexpr std::int64_t kMicros = 1'000'000;
constexpr std::int64_t kSecondsTo2000 = 946'684'800;
constexpr std::int64_t kDaysTo2000 = 10957;
constexpr std::int64_t kLastMicro = (kLastSecond + 1 - kSecondsTo2000) * kMicros - 1;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// PostgreSQL's numbers, booleans and times may stand between white space.
std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool equals_folded(std::string_view text, std::string_view word) {
  return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                    [](char a, char b) { return lower(a) == b; });
}

template <class Int>
bool parse_int(std::string_view text, Int& out) {
  std::int64_t value = 0;
  if (!parse_int64(text, value) && !parse_int64(trimmed(text), value)) return false;
  if (value < std::numeric_limits<Int>::min() || value > std::numeric_limits<Int>::max()) {
    return false;
  }
  out = static_cast<Int>(value);
  return true;
}

bool encode_int2(std::string_view text, char* out) {
  std::int16_t value = 0;
  if (!parse_int(text, value)) return false;
  put16(out, static_cast<std::uint16_t>(value));
  return true;
}

bool encode_int4(std::string_view text, char* out) {
  std::int32_t value = 0;
  if (!parse_int(text, value)) return false;
  put32(out, static_cast<std::uint32_t>(value));
  return true;
}

bool encode_int8(std::string_view text, char* out) {
  std::int64_t value = 0;
  if (!parse_int(text, value)) return false;
  put64(out, static_cast<std::uint64_t>(value));
  return true;
}

bool parse_special(std::string_view text, double& value) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (equals_folded(text, "nan") && !negative) {
    value = std::numeric_limits<double>::quiet_NaN();
  } else if (equals_folded(text, "infinity") || equals_folded(text, "inf")) {
    value = negative ? -kInfinity : kInfinity;
  } else {
    return false;
  }
  return true;
}

// A number that is too small to be told from zero is refused, as the server refuses it.
bool lost_to_zero(std::string_view text, double value) {
  if (value != 0) return false;
  for (const char c : text) {
    if (c == 'e' || c == 'E') break;
    if (c >= '1' && c <= '9') return true;
  }
  return false;
}

bool encode_float8(std::string_view text, char* out) {
  double value = 0;
  if (!parse_double(text, value)) {
    text = trimmed(text);
    if (!parse_double(text, value) && !parse_special(text, value)) return false;
  }
  if (lost_to_zero(text, value)) return false;
  put64(out, std::bit_cast<std::uint64_t>(value));
  return true;
}

bool encode_float4(std::string_view text, char* out) {
  text = trimmed(text);
  double wide = 0;
  float value = 0;
  if (parse_special(text, wide)) {
    value = static_cast<float>(wide);
  } else {
    // The grammar is parse_double's; the value is read anew, for a double rounded to a float is not
    // always the nearest one.
    if (!parse_double(text, wide)) return false;
    if (text.starts_with('+')) text.remove_prefix(1);
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc())
      return false;
  }
  put32(out, std::bit_cast<std::uint32_t>(value));
  return true;
}

// What the server takes: beginnings of words, as long as they are not ambiguous.
bool encode_bool(std::string_view text, char* out) {
  text = trimmed(text);
  const auto begins = [text](std::string_view word, std::size_t least) {
    return text.size() >= least && text.size() <= word.size() &&
           equals_folded(text, word.substr(0, text.size()));
  };
  if (begins("true", 1) || begins("yes", 1) || begins("on", 2) || text == "1") {
    *out = 1;
  } else if (begins("false", 1) || begins("no", 1) || begins("off", 2) || text == "0") {
    *out = 0;
  } else {
    return false;
  }
  return true;
}

// Without an offset a time is UTC; a date alone is its midnight.
bool parse_micros(std::string_view text, std::int64_t& micros) {
  ParsedTime parsed;
  if (!parse_datetime(text, parsed)) {
    text = trimmed(text);
    std::int64_t days = 0;
    if (parse_date(text, days)) {
      parsed.time = {days * calendar::kSecondsPerDay, 0};
    } else if (!parse_datetime(text, parsed)) {
      return false;
    }
  }
  const std::int64_t rounded = (parsed.time.nanos + 500) / 1000;
  // The last half of a microsecond of the year 9999 does not become the year 10000.
  micros = std::min((parsed.time.seconds - kSecondsTo2000) * kMicros + rounded, kLastMicro);
  return true;
}

bool encode_timestamp(std::string_view text, char* out) {
  std::int64_t micros = 0;
  if (!parse_micros(text, micros)) return false;
  put64(out, static_cast<std::uint64_t>(micros));
  return true;
}

bool encode_date(std::string_view text, char* out) {
  std::int64_t days = 0;
  if (!parse_date(text, days) && !parse_date(trimmed(text), days)) return false;
  put32(out, static_cast<std::uint32_t>(static_cast<std::int32_t>(days - kDaysTo2000)));
  return true;
}

std::size_t print_timestamp(const char* encoded, char* out) {
  return print_micros(decode_micros(encoded), out);
}

constexpr FixedType kTypes[] = {
    {20, "bigint", 8, encode_int8, nullptr},
    {701, "double precision", 8, encode_float8, nullptr},
    {kTimestamptzOid, "timestamp with time zone", 8, encode_timestamp, print_timestamp},
    {23, "integer", 4, encode_int4, nullptr},
    {21, "smallint", 2, encode_int2, nullptr},
    {700, "real", 4, encode_float4, nullptr},
    {16, "boolean", 1, encode_bool, nullptr},
    {1114, "timestamp without time zone", 8, encode_timestamp, print_timestamp},
    {1082, "date", 4, encode_date, nullptr},
};

bool is_plain(std::uint64_t eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHigh = 0x8080808080808080;
  return ((eight | (eight - kOnes)) & kHigh) == 0;  // no byte is zero or above 0x7f
}

}  // namespace

const FixedType* find_fixed_type(unsigned oid) {
  const auto* at = std::find_if(std::begin(kTypes), std::end(kTypes),
                                [oid](const FixedType& type) { return type.oid == oid; });
  return at == std::end(kTypes) ? nullptr : at;
}

bool is_text_type(unsigned oid) { return oid == 25 || oid == 1043; }

std::int64_t decode_micros(const char* encoded) {
  std::uint64_t value = 0;
  std::memcpy(&value, encoded, sizeof value);
  return static_cast<std::int64_t>(__builtin_bswap64(value));
}

std::size_t print_micros(std::int64_t micros, char* out) {
  std::int64_t seconds = micros / kMicros;
  std::int64_t rest = micros % kMicros;
  if (rest < 0) {
    rest += kMicros;
    --seconds;
  }
  char fraction[6];
  for (std::size_t i = 6; i-- > 0; rest /= 10) fraction[i] = static_cast<char>('0' + rest % 10);
  return format_utc(seconds + kSecondsTo2000, {fraction, 6}, out);
}

std::size_t find_bad_text(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t eight = 0;
    if (text.size() - at >= sizeof eight) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if (is_plain(eight)) {
        at += sizeof eight;
        continue;
      }
    }
    const std::size_t length = text[at] == '\0' ? 0 : utf8_sequence(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

std::string replace_bad_text(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t bad = find_bad_text(text);
    out += text.substr(0, bad);
    if (bad == std::string_view::npos) return out;
    out += "\xef\xbf\xbd";
    text.remove_prefix(bad + 1);
  }
}

void append_copy_text(CopyBuffer& out, std::string_view text) {
  char* const begin = out.reserve(text.size() * 2);
  char* p = begin;
  for (const char c : text) {
    switch (c) {
      case '\\':
        *p++ = '\\';
        *p++ = '\\';
        break;
      case '\t':
        *p++ = '\\';
        *p++ = 't';
        break;
      case '\n':
        *p++ = '\\';
        *p++ = 'n';
        break;
      case '\r':
        *p++ = '\\';
        *p++ = 'r';
        break;
      default:
        *p++ = c;
    }
  }
  out.commit(static_cast<std::size_t>(p - begin));
}

}  // namespace sp::load
