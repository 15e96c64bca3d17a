#include "sp-schema/infer/time/zone_name.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "sp-schema/infer/column/name_words.h"
#include "sp/base/diagnostic.h"
#include "sp/base/digits.h"
#include "sp/time/time_format.h"
#include "sp/time/timestamp.h"

namespace sp {
namespace {

constexpr std::int64_t kHour = 3600;

// Abbreviations of clocks. Where a place puts its clocks forward, the name of its winter time may
// stand for the whole year, or for both.
struct Clock {
  const char* name;
  int hours;          // east of UTC
  const char* place;  // whose clocks change; null: they do not
};
constexpr Clock kClocks[] = {
    {"MEZ", 1, "Europe/Berlin"},
    {"CET", 1, "Europe/Berlin"},
    {"MESZ", 2, "Europe/Berlin"},
    {"CEST", 2, "Europe/Berlin"},
    {"OEZ", 2, "Europe/Sofia"},
    {"EET", 2, "Europe/Sofia"},
    {"OESZ", 3, "Europe/Sofia"},
    {"EEST", 3, "Europe/Sofia"},
    {"WEZ", 0, "Europe/Lisbon"},
    {"WET", 0, "Europe/Lisbon"},
    {"BST", 1, "Europe/London"},
    {"EST", -5, "America/New_York"},
    {"EDT", -4, "America/New_York"},
    {"CST", -6, "America/Chicago"},
    {"CDT", -5, "America/Chicago"},
    {"MST", -7, "America/Denver"},
    {"MDT", -6, "America/Denver"},
    {"PST", -8, "America/Los_Angeles"},
    {"PDT", -7, "America/Los_Angeles"},
    {"AEST", 10, "Australia/Sydney"},
    {"AEDT", 11, "Australia/Sydney"},
    {"NZST", 12, "Pacific/Auckland"},
    {"Winterzeit", 1, "Europe/Berlin"},
    {"Normalzeit", 1, "Europe/Berlin"},
    {"Sommerzeit", 2, "Europe/Berlin"},
    {"MSK", 3, nullptr},
    {"JST", 9, nullptr},
    {"KST", 9, nullptr},
    {"SAST", 2, nullptr},
    {"HST", -10, nullptr},
};
// Words for a zone that only the reader knows.
constexpr std::string_view kLocalWords[] = {"local",     "Local", "LOCAL", "Ortszeit",
                                            "Lokalzeit", "lokal", "LST",   "DST"};
// The same in two words.
constexpr std::string_view kLocalPhrases[] = {"summer time", "winter time", "standard time",
                                              "daylight saving", "daylight time"};

bool is_word_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("+-:/_").find(c) != std::string_view::npos;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_word_byte(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && is_word_byte(text[end])) ++end;
    words.push_back(text.substr(i, end - i));
    i = end;
  }
  return words;
}

// "MEZ/MESZ" is two words, where it is no zone.
std::vector<std::string_view> split_at_slashes(const std::vector<std::string_view>& words) {
  std::vector<std::string_view> parts;
  for (std::string_view word : words) {
    for (std::size_t at = word.find('/'); at != std::string_view::npos; at = word.find('/')) {
      if (at > 0) parts.push_back(word.substr(0, at));
      word.remove_prefix(at + 1);
    }
    if (!word.empty()) parts.push_back(word);
  }
  return parts;
}

// A zone of whole hours without summer time; its sign is the other way round, as POSIX has it.
std::string fixed_zone(std::int64_t seconds) {
  if (seconds == 0) return "UTC";
  const std::int64_t hours = seconds / kHour;
  if (seconds % kHour != 0 || hours < -12 || hours > 14) return "";
  return std::string("Etc/GMT") + (hours > 0 ? "-" : "+") +
         std::to_string(hours > 0 ? hours : -hours);
}

bool is_zone(std::string_view word) {
  const bool is_like_one = word.find('/') != std::string_view::npos &&
                           std::isalpha(static_cast<unsigned char>(word[0])) != 0;
  if (!is_like_one) return false;
  try {
    const TimeZone zone{std::string(word)};
    return true;
  } catch (const Error&) {
    return false;
  }
}

// "+2", "+02", "+0200", "-05:00".
std::optional<std::int64_t> offset_of(std::string_view text) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const bool is_short = text.size() == 2 && digits::is_digit(text[1]);
  return parse_offset(is_short ? std::string{text[0], '0', text[1]} : std::string(text));
}

NamedZone with_offset(std::string_view text, std::int64_t seconds) {
  NamedZone found{std::string(text), fixed_zone(seconds), "", ""};
  if (found.zone.empty()) found.doubt = "no zone of whole hours: name one that has that offset";
  return found;
}

NamedZone utc(std::string_view text) { return {std::string(text), "UTC", "", ""}; }

// A word that UTC or GMT is a part of: "ts_utc", "DateUTC", "UTCDateTime".
std::optional<NamedZone> utc_in_word(std::string_view word) {
  const auto is_upper = [](char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; };
  for (const std::string_view name : {"UTC", "GMT", "utc", "gmt"}) {
    if (word.size() <= name.size()) continue;
    const std::size_t at = word.size() - name.size();
    const char after = word[name.size()], before = word[at - 1];
    const bool is_first = word.starts_with(name) && (after == '_' || is_upper(after));
    const bool is_last = word.ends_with(name) && (before == '_' || is_upper(name[0]));
    if (is_first || is_last) return utc(name);
  }
  return std::nullopt;
}

// UTC, GMT or Z, and what may follow it: "UTC+2", "GMT -05:00".
std::optional<NamedZone> utc_zone(const std::vector<std::string_view>& words, std::size_t i) {
  const std::string_view word = words[i];
  if (word == "Z" && words.size() > 1) return utc(word);
  for (const std::string_view name : {"UTC", "GMT", "utc", "gmt"}) {
    if (!word.starts_with(name)) continue;
    if (const auto offset = offset_of(word.substr(name.size()))) return with_offset(word, *offset);
    if (word.size() > name.size()) continue;
    const auto next = i + 1 < words.size() ? offset_of(words[i + 1]) : std::nullopt;
    return next ? with_offset(std::string(word) + std::string(words[i + 1]), *next) : utc(word);
  }
  return utc_in_word(word);
}

const Clock* find_clock(std::string_view word) {
  const auto is_it = [&](const Clock& clock) { return word == clock.name; };
  const Clock* const found = std::find_if(std::begin(kClocks), std::end(kClocks), is_it);
  return found == std::end(kClocks) ? nullptr : found;
}

// The clock that words[i] names, or where a later one names the other clock of its place, as in
// "CET/CEST", that place.
std::optional<NamedZone> clock_zone(const std::vector<std::string_view>& words, std::size_t i) {
  const Clock* const clock = find_clock(words[i]);
  if (!clock) return std::nullopt;
  NamedZone found{std::string(words[i]), fixed_zone(clock->hours * kHour), "", ""};
  if (!clock->place) return found;
  found.place = clock->place;
  found.doubt = "all year; if the clocks change, name the place, such as " + found.place;
  for (const std::string_view word : words) {
    const Clock* const other = find_clock(word);
    const bool is_of_place = other && other->place && other->place == found.place;
    if (!is_of_place || other->hours == clock->hours) continue;
    found.text += "/" + std::string(word);
    found.zone = found.place;
    found.doubt = "whose clocks change; another place with these clocks is as good";
    return found;
  }
  return found;
}

}  // namespace

NamedZone find_zone(std::string_view text) {
  std::vector<std::string_view> words = words_of(text);
  for (const std::string_view word : words) {
    if (is_zone(word)) return {std::string(word), std::string(word), "", ""};
  }
  words = split_at_slashes(words);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (const auto found = utc_zone(words, i)) return *found;
    if (const auto found = clock_zone(words, i)) return *found;
    const bool is_offset = words[i].size() >= 5 && text.find('(') != std::string_view::npos;
    const auto offset = is_offset ? offset_of(words[i]) : std::nullopt;
    if (offset) return with_offset(words[i], *offset);
  }
  for (const std::string_view word : words) {
    if (std::find(std::begin(kLocalWords), std::end(kLocalWords), word) != std::end(kLocalWords)) {
      return {std::string(word), "", "a zone that only you know", ""};
    }
  }
  for (const std::string_view phrase : kLocalPhrases) {
    if (has_word(text, {plain_name(phrase)}))
      return {std::string(phrase), "", "a zone that only you know", ""};
  }
  return {};
}

}  // namespace sp
