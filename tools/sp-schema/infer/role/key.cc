#include "sp-schema/infer/role/key.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "sp-schema/infer/column/name_words.h"
#include "sp/base/key_hash.h"
#include "sp/number/number.h"
#include "sp/time/timestamp.h"
#include "sp/value/value.h"

namespace sp {
namespace {

constexpr std::size_t kFirstSlots = 1024;

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash ^= value + 0x9e3779b97f4a7c15 + (hash << 6) + (hash >> 2);
  hash *= 0xbf58476d1ce4e5b9;
  return hash ^ hash >> 31;
}

// The same for texts that are one value: 5 and +5, 10:00Z and 11:00+01:00.
std::uint64_t hash_of(std::string_view text) {
  std::int64_t integer = 0;
  ParsedTime parsed;
  if (parse_int64(text, integer)) return mix(1, static_cast<std::uint64_t>(integer));
  if (parse_datetime(text, parsed)) {
    const std::uint64_t hash = mix(mix(2, static_cast<std::uint64_t>(parsed.time.seconds)),
                                   static_cast<std::uint64_t>(parsed.time.nanos));
    const std::string_view below = digits_below_nanos(parsed.fraction);
    return below.empty() ? hash : mix(hash, KeyHash()(below));
  }
  return mix(
      3, text.find(':') == std::string_view::npos ? KeyHash()(text) : KeyHash()(unpadded(text)));
}

bool is_temporal(FieldType type) {
  return type == FieldType::kDate || type == FieldType::kTime || type == FieldType::kDatetime;
}

bool is_whole_or_text(FieldType type) {
  return type == FieldType::kInteger || type == FieldType::kString;
}

}  // namespace

std::string unpadded(std::string_view text) {
  std::string out;
  const std::size_t clock = text.rfind(':');
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", i), text.size());
    std::string_view number = text.substr(i, end - i);
    const bool is_fraction =
        clock < i && i > 0 && (text[i - 1] == '.' || text[i - 1] == ',') && !number.empty();
    if (is_fraction) {
      number = number.substr(0, number.find_last_not_of('0') + 1);
      if (number.empty()) out.pop_back();  // the mark
    } else {
      number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
      if (number.empty() && end > i) number = "0";
    }
    out += number;
    if (end < text.size()) out += text[end];
    i = end + 1;
  }
  return out;
}

std::uint64_t add_to_hash(std::uint64_t hash, std::string_view text) {
  return mix(hash, hash_of(text));
}

int key_rank(const std::string& name) {
  static const std::initializer_list<std::string_view> kRanks[] = {
      {"sensor", "sensors", "device", "node", "serial", "mac", "imei", "deveui", "samplingpoint",
       "key"},
      {"station", "stations", "stationsid", "site", "id", "stn", "wban", "usaf"},
      {"location", "code", "channel", "parameter", "quantity", "pollutant"},
  };
  int rank = 0;
  for (const auto& words : kRanks) {
    ++rank;
    if (has_word(name, words)) return rank;
  }
  return 0;
}

bool may_number_rows(const std::string& name) {
  const std::string plain = plain_name(name);
  if (plain.empty() || plain == "id") return true;
  return !has_word(name, {"sensor", "device", "node", "station", "stations", "site", "stn"}) &&
         has_word(name, {"row", "rows", "index", "nr", "no", "number", "record", "entry", "lfd"});
}

HashSet::HashSet() : slots_(kFirstSlots) {}

bool HashSet::insert(std::uint64_t hash) {
  if (hash == 0) hash = 1;
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at] != 0; at = (at + 1) & mask) {
    if (slots_[at] == hash) return false;
  }
  slots_[at] = hash;
  if (++size_ * 2 > slots_.size()) grow();
  return true;
}

void HashSet::grow() {
  const std::vector<std::uint64_t> old = std::exchange(slots_, {});
  slots_.resize(old.size() * 2);
  const std::size_t mask = slots_.size() - 1;
  for (const std::uint64_t hash : old) {
    std::size_t at = hash & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    if (hash != 0) slots_[at] = hash;
  }
}

GuessedKeys::GuessedKeys(const Columns& columns, const std::vector<FieldType>& types) {
  std::vector<std::size_t> names, times, numbers;
  for (std::size_t i = 0; i < columns.size() && i < types.size(); ++i) {
    // A date and a time of day are a point of time together; a second date-time
    // is another's.
    const bool is_second = !times.empty() && types[times[0]] == FieldType::kDatetime;
    if (is_temporal(types[i]) && !is_second && times.size() < 2) times.push_back(i);
    if (is_whole_or_text(types[i]) && may_name_things(columns[i]) && names.size() < 2)
      names.push_back(i);
    if (types[i] == FieldType::kInteger && may_number_rows(columns[i]) && numbers.empty()) {
      numbers.push_back(i);
    }
  }
  std::stable_sort(names.begin(), names.end(), [&](std::size_t one, std::size_t other) {
    return key_rank(columns[one]) < key_rank(columns[other]);
  });
  const auto add = [&](std::vector<std::size_t> key) {
    if (!key.empty()) candidates_.push_back({std::move(key), {}});
  };
  if (!times.empty() && !names.empty()) {
    std::vector<std::size_t> key{names[0]};
    key.insert(key.end(), times.begin(), times.end());
    add(key);
    if (names.size() > 1) {
      key.insert(key.begin() + 1, names[1]);
      add(key);
    }
  }
  add(times);
  add(numbers);
}

bool GuessedKeys::count_row() {
  if (++rows_ <= kMostRows) return true;
  gave_up_ = true;
  candidates_.clear();
  return false;
}

std::vector<std::vector<std::size_t>> GuessedKeys::found() const {
  std::vector<std::vector<std::size_t>> keys;
  if (rows_ < 2) return keys;
  for (const Candidate& candidate : candidates_) {
    if (candidate.again == 0) keys.push_back(candidate.columns);
  }
  return keys;
}

std::optional<std::uint64_t> GuessedKeys::repeated(std::vector<std::size_t> columns) const {
  std::sort(columns.begin(), columns.end());
  for (const Candidate& candidate : candidates_) {
    std::vector<std::size_t> own = candidate.columns;
    std::sort(own.begin(), own.end());
    if (own == columns) return candidate.again * 50 > rows_ ? kMany : candidate.again;
  }
  return std::nullopt;
}

}  // namespace sp
