#include "sp-schema/infer/time/time_pieces.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>

#include "sp-schema/infer/column/name_words.h"

namespace sp {
namespace {

// Where several roles have a name, as MM is that of months and minutes, the first that is not there
// yet counts.
struct NumericRole {
  const char* role;
  double low, high;
  std::initializer_list<std::string_view> names;
};
const NumericRole kNumericRoles[] = {
    {"year", 1900, 2100, {"year", "yyyy", "yr", "yy", "jahr"}},
    {"month", 1, 12, {"month", "mon", "mo", "mm", "m", "monat"}},
    {"day", 1, 31, {"day", "dd", "dy", "d", "tag", "day_of_month"}},
    {"day_of_year",
     1,
     366,
     {"doy", "jday", "julian_day", "day_of_year", "dayofyear", "yday", "day"}},
    {"hour", 0, 24, {"hour", "hr", "hh", "stunde", "std", "hod"}},
    {"minute", 0, 59, {"minute", "min", "mn", "mi", "mm"}},
    {"second", 0, 59, {"second", "sec", "ss", "sekunde"}},
};

// Loggers may append where a value comes from: Year_RTM.
std::string piece_name(const std::string& column) {
  constexpr std::string_view kClock = "_rtm";
  std::string name = plain_name(column);
  if (name.ends_with(kClock)) name.resize(name.size() - kClock.size());
  return name;
}

bool fits_role(const SchemaDraft& draft, std::size_t column, const NumericRole& role) {
  if (column >= draft.guesses.size()) return false;
  const ValueRange range = draft.guesses[column].whole_numbers();
  return !range.is_empty && range.low.part >= role.low && range.high.part <= role.high;
}

// Of columns without names: a year, and after it a month, a day, an hour and a minute.
std::vector<TimePiece> first_pieces(const SchemaDraft& draft) {
  constexpr std::size_t kOrder[] = {0, 1, 2, 4, 5};  // of kNumericRoles
  constexpr std::size_t kMostBefore = 2, kLeast = 4;
  for (std::size_t first = 0; first <= kMostBefore; ++first) {
    std::vector<TimePiece> pieces;
    for (const std::size_t role : kOrder) {
      const std::size_t column = first + pieces.size();
      if (!fits_role(draft, column, kNumericRoles[role])) break;
      pieces.push_back({kNumericRoles[role].role, column});
    }
    if (pieces.size() >= kLeast) return pieces;
  }
  return {};
}

// A logger's array: a year, a day of the year and a time as 130.
std::vector<TimePiece> array_pieces(SchemaDraft& draft) {
  constexpr std::size_t kMostBefore = 2, kYear = 0, kDayOfYear = 3;
  for (std::size_t first = 0; first <= kMostBefore; ++first) {
    const std::size_t clock = first + 2;
    if (!fits_role(draft, first, kNumericRoles[kYear])) continue;
    if (!fits_role(draft, first + 1, kNumericRoles[kDayOfYear])) continue;
    if (clock >= draft.guesses.size()) continue;
    const Field& time = draft.guesses[clock].field_named("hhmm");
    if (time.type != FieldType::kTime) continue;
    draft.guesses[clock].choose(time);
    return {{"year", first}, {"day_of_year", first + 1}};
  }
  return {};
}

std::vector<TimePiece> named_pieces(const SchemaDraft& draft) {
  std::vector<TimePiece> pieces;
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    const std::string name = piece_name(draft.columns[i]);
    for (const NumericRole& role : kNumericRoles) {
      const bool is_named =
          std::find(role.names.begin(), role.names.end(), name) != role.names.end();
      if (!is_named || !fits_role(draft, i, role) || find_piece(pieces, role.role)) continue;
      pieces.push_back({role.role, i});
      break;
    }
  }
  return pieces;
}

// Beside the pieces of a day a column such as Time that has 130 for half past one.
void choose_clock(SchemaDraft& draft, const std::vector<TimePiece>& pieces) {
  static constexpr std::string_view kNames[] = {"time",         "hhmm",    "hour_minute",
                                                "hour_min",     "hourmin", "hr_min",
                                                "hour_minutes", "zeit",    "uhrzeit"};
  if (find_piece(pieces, "year") == nullptr || find_piece(pieces, "hour") != nullptr) return;
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    const std::string name = piece_name(draft.columns[i]);
    if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames)) continue;
    const Field& time = draft.guesses[i].field_named("hhmm");
    if (time.type != FieldType::kTime) continue;
    draft.guesses[i].choose(time);
    return;
  }
}

}  // namespace

const TimePiece* find_piece(const std::vector<TimePiece>& pieces, std::string_view role) {
  const auto is_it = [&](const TimePiece& piece) { return piece.role == role; };
  const auto found = std::find_if(pieces.begin(), pieces.end(), is_it);
  return found == pieces.end() ? nullptr : &*found;
}

bool may_be_time_piece(const std::string& name) {
  const std::string plain = piece_name(name);
  return std::any_of(std::begin(kNumericRoles), std::end(kNumericRoles), [&](const auto& role) {
    return std::find(role.names.begin(), role.names.end(), plain) != role.names.end();
  });
}

std::vector<TimePiece> find_time_pieces(SchemaDraft& draft) {
  if (draft.shape.has_names) {
    std::vector<TimePiece> named = named_pieces(draft);
    choose_clock(draft, named);
    return named;
  }
  std::vector<TimePiece> pieces = first_pieces(draft);
  const bool is_array = pieces.empty();
  if (is_array) pieces = array_pieces(draft);
  if (!pieces.empty()) {
    draft.remarks.decide(is_array
                             ? "the columns from here are read as year, day of the year and time"
                             : "the columns from here are read as year, month, day and time",
                         pieces.front().column);
  }
  return pieces;
}

}  // namespace sp
