// Dates, times and zones: what was read and is written reads back as the same.
#include <cstdlib>
#include <string>

#include "sp/time/timestamp.h"
#include "transcript.h"

namespace {

using sp::fuzz::must_agree;
using sp::fuzz::must_hold;

constexpr std::int64_t kFirst = -62135596800;  // 0001-01-01T00:00:00
constexpr std::int64_t kLast = 253402300799;   // 9999-12-31T23:59:59
constexpr std::size_t kSecondsEnd = 19;        // of YYYY-MM-DDTHH:MM:SS

void check_date(std::string_view text) {
  std::int64_t days = 0;
  if (!sp::parse_date(text, days)) return;
  char out[sp::kMaxTimestampText];
  must_agree("a date written again", {out, sp::format_date(days, out)}, text);
}

void check_time_of_day(std::string_view text) {
  std::int64_t nanos = 0;
  if (!sp::parse_time_of_day(text, nanos)) return;
  must_hold(nanos >= 0 && nanos < 86'400'000'000'000, "a time lies within a day", text);
  sp::ParsedTime parsed;
  const std::string datetime = "1970-01-01T" + std::string(text) + "Z";
  must_hold(sp::parse_datetime(datetime, parsed), "a time is part of a date-time", text);
  must_hold(parsed.time.seconds * 1'000'000'000 + parsed.time.nanos == nanos,
            "a time alone and in a date-time", text);
}

void check_datetime(std::string_view text) {
  sp::ParsedTime first;
  if (!sp::parse_datetime(text, first)) return;
  const std::int64_t seconds = first.time.seconds;
  must_hold(seconds >= kFirst && seconds <= kLast, "years 0001 to 9999", text);
  std::string out(sp::kMaxTimestampText + first.fraction.size(), '\0');
  out.resize(sp::format_utc(seconds, first.fraction, out.data()));
  sp::ParsedTime again;
  must_hold(sp::parse_datetime(out, again), "what was written can be read", out);
  must_hold(again.time == first.time && again.has_offset, "it reads back as the same time", out);
  must_agree("the fraction", again.fraction, first.fraction);
  // A local time that is no leap second stands there as it came.
  const bool is_leap = text.size() >= kSecondsEnd && text.substr(17, 2) == "60";
  if (!first.has_offset && text.size() >= kSecondsEnd && !is_leap) {
    must_agree("the date", out.substr(0, 10), text.substr(0, 10));
    must_agree("the clock", out.substr(11, 8), text.substr(11, 8));
  }
}

// A zone moves a time by less than a day and a bit, and never to where no year is.
void check_zones(std::string_view text) {
  static sp::TimeZone zones[] = {sp::TimeZone("Europe/Sofia", sp::Dst::kReject),
                                 sp::TimeZone("America/New_York", sp::Dst::kEarlier),
                                 sp::TimeZone("Australia/Lord_Howe", sp::Dst::kLater),
                                 sp::TimeZone("Asia/Kathmandu")};
  sp::ParsedTime parsed;
  if (!sp::parse_datetime(text, parsed) || parsed.has_offset) return;
  const std::int64_t local = parsed.time.seconds;
  for (sp::TimeZone& zone : zones) {
    const auto utc = zone.to_utc(local);
    if (!utc) continue;
    must_hold(std::llabs(*utc - local) <= 26 * 3600, "a zone's offset", text);
    must_hold(*utc >= kFirst && *utc <= kLast, "a zone keeps to the years", text);
    must_hold(zone.to_utc(local) == utc, "a zone says the same twice", text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_date(text);
  check_time_of_day(text);
  check_datetime(text);
  check_zones(text);
  return 0;
}
