#include "sp-schema/infer/time_pieces.h"

#include <algorithm>
#include <initializer_list>
#include <optional>

#include "sp-schema/infer/name_words.h"
#include "sp-schema/infer/zone_name.h"
#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"
#include "sp/schema/composite_time.h"
#include "sp/time/time_format.h"

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
    {"month", 1, 12, {"month", "mon", "mo", "mm", "monat"}},
    {"day", 1, 31, {"day", "dd", "dy", "tag", "day_of_month"}},
    {"day_of_year", 1, 366, {"doy", "jday", "julian_day", "day_of_year", "dayofyear", "yday"}},
    {"hour", 0, 24, {"hour", "hr", "hh", "stunde", "std", "hod"}},
    {"minute", 0, 59, {"minute", "min", "mn", "mi", "mm"}},
    {"second", 0, 59, {"second", "sec", "ss", "sekunde"}},
};

const TimePiece* find(const std::vector<TimePiece>& pieces, std::string_view role) {
  const auto is_it = [&](const TimePiece& piece) { return piece.role == role; };
  const auto found = std::find_if(pieces.begin(), pieces.end(), is_it);
  return found == pieces.end() ? nullptr : &*found;
}

bool is_composite(const std::vector<TimePiece>& pieces) {
  std::vector<std::string> roles;
  roles.reserve(pieces.size());
  for (const TimePiece& piece : pieces) roles.push_back(piece.role);
  try {
    check_time_roles(roles);
    return !roles.empty();
  } catch (const Error&) {
    return false;
  }
}

std::optional<std::size_t> first_of(const SchemaDraft& draft, FieldType type) {
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    if (draft.guesses[i].type() == type) return i;
  }
  return std::nullopt;
}

// Of several date-times the one whose name says that it is when something was measured.
std::optional<std::size_t> find_datetime(const SchemaDraft& draft) {
  std::optional<std::size_t> best;
  bool is_named = false;
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    if (draft.guesses[i].type() != FieldType::kDatetime) continue;
    const bool has_name = has_word(draft.columns[i], {"time", "timestamp", "datetime", "ts", "date",
                                                      "measured", "observed", "zeit", "datum"});
    const bool is_other =
        has_word(draft.columns[i], {"created", "updated", "received", "modified"});
    const bool is_better = !best || (has_name && !is_other && !is_named);
    if (is_better) best = i;
    is_named = is_named || (has_name && !is_other);
  }
  return best;
}

// The parts that make a date-time; empty where the columns have none.
std::vector<TimePiece> complete(const SchemaDraft& draft) {
  const auto date = first_of(draft, FieldType::kDate), time = first_of(draft, FieldType::kTime);
  std::vector<TimePiece> day, clock;
  const auto add = [&](std::vector<TimePiece>& pieces, std::initializer_list<const char*> roles) {
    for (const char* role : roles) {
      const TimePiece* const piece = find(draft.pieces, role);
      if (piece) pieces.push_back(*piece);
    }
  };
  if (date) {
    day.push_back({"date", *date});
  } else if (find(draft.pieces, "month") && find(draft.pieces, "day")) {
    add(day, {"year", "month", "day"});
  } else {
    add(day, {"year", "day_of_year"});
  }
  if (time) {
    clock.push_back({"time", *time});
  } else {
    add(clock, {"hour", "minute", "second"});
  }
  std::vector<TimePiece> pieces = day;
  pieces.insert(pieces.end(), clock.begin(), clock.end());
  if (is_composite(pieces)) return pieces;
  return is_composite(day) ? day : std::vector<TimePiece>{};
}

struct FoundZone {
  NamedZone zone;
  std::string where;
};

// The lines before the header that speak of a zone; of two that differ none counts.
FoundZone zone_of_preamble(SchemaDraft& draft) {
  FoundZone found;
  const std::string& text = draft.shape.preamble;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    const NamedZone zone = find_zone(line);
    if (zone.text.empty() || (zone.zone.empty() && !has_word(line, {"time", "zone", "zeit"}))) {
      continue;
    }
    if (!found.zone.text.empty() && found.zone.zone != zone.zone) {
      draft.remarks.decide("the lines before the header name two zones, " +
                           excerpt(found.zone.text) + " and " + excerpt(zone.text));
      return {};
    }
    found = {zone, " of the lines before the header"};
  }
  return found;
}

FoundZone zone_of_names(const SchemaDraft& draft, const std::vector<std::size_t>& columns) {
  for (const std::size_t column : columns) {
    for (const std::string& text : {draft.columns[column], draft.unit_text(column)}) {
      const NamedZone zone = find_zone(text);
      if (!zone.text.empty()) return {zone, ""};
    }
  }
  return {};
}

// Of times that carry no offset, in these columns.
void set_zone(SchemaDraft& draft, const std::vector<std::size_t>& columns, Field& field) {
  FoundZone found = zone_of_names(draft, columns);
  if (found.zone.text.empty()) found = zone_of_preamble(draft);
  const NamedZone& zone = found.zone;
  const std::size_t column = columns.back();
  if (zone.text.empty()) {
    draft.remarks.decide(
        "no offset and no zone is named: the times are read as UTC; name their "
        "timezone where they are not",
        column);
    return;
  }
  field.timezone = zone.zone.empty() ? "UTC" : zone.zone;
  if (zone.zone.empty()) {
    draft.remarks.decide(excerpt(zone.text) + found.where + " is " + zone.doubt +
                             ": the times are read as UTC until you write their timezone",
                         column);
  } else if (!zone.doubt.empty() || !found.where.empty()) {
    draft.remarks.decide(excerpt(zone.text) + found.where + " is read as " + zone.zone +
                             (zone.doubt.empty() ? "" : " " + zone.doubt),
                         column);
  }
}

bool has_name(const SchemaDraft& draft, const std::string& name) {
  const auto is_it = [&](const Field& field) { return field.name == name; };
  return std::any_of(draft.schema.fields.begin(), draft.schema.fields.end(), is_it);
}

// A name that no column has.
std::string new_name(const SchemaDraft& draft) {
  for (const char* const name : {"ts", "timestamp", "measured_at"}) {
    if (!has_name(draft, name)) return name;
  }
  std::string name = "ts_2";
  while (has_name(draft, name)) name += "_2";
  return name;
}

// A column that says how far from UTC each row's time is.
std::optional<std::size_t> find_offset(const SchemaDraft& draft) {
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    const bool is_named = has_word(draft.columns[i], {"tz", "timezone", "zone", "offset"});
    const std::string& text = draft.guesses[i].first_text();
    if (is_named && (parse_offset(text) || !find_zone(text).place.empty())) return i;
  }
  return std::nullopt;
}

void set_zone_of_abbreviation(SchemaDraft& draft, std::size_t column, Field& field) {
  const std::string& text = draft.guesses[column].first_text();
  if (parse_offset(text)) return;
  field.timezone = find_zone(text).place;
  draft.remarks.decide(excerpt(text) + " is read as one of " + field.timezone +
                           ": name another timezone of the derived column that has it",
                       column);
}

void add_derived(SchemaDraft& draft) {
  Derived derived;
  derived.field.name = new_name(draft);
  derived.field.type = FieldType::kDatetime;
  derived.field.role = Role::kTime;
  derived.formula = "datetime";
  std::vector<std::size_t> columns;
  bool has_offsets = false;
  for (const TimePiece& piece : draft.pieces) {
    if (piece.role == "offset") {
      has_offsets = true;
      set_zone_of_abbreviation(draft, piece.column, derived.field);
    }
    const ColumnGuess& guess = draft.guesses[piece.column];
    derived.inputs.push_back({piece.role, draft.columns[piece.column], ""});
    columns.push_back(piece.column);
    draft.schema.fields[piece.column].role = Role::kIgnore;
    if (piece.role == "hour" && guess.whole_numbers().high.part > 23) derived.field.hour24 = true;
    has_offsets = has_offsets || (piece.role == "time" && guess.has_offsets());
  }
  if (!has_offsets) set_zone(draft, columns, derived.field);
  draft.schema.derived.push_back(std::move(derived));
}

}  // namespace

std::vector<TimePiece> find_time_pieces(const SchemaDraft& draft) {
  std::vector<TimePiece> pieces;
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    const std::string name = plain_name(draft.columns[i]);
    const ValueRange range = draft.guesses[i].whole_numbers();
    if (range.is_empty) continue;
    for (const NumericRole& role : kNumericRoles) {
      const bool is_named =
          std::find(role.names.begin(), role.names.end(), name) != role.names.end();
      const bool fits = range.low.part >= role.low && range.high.part <= role.high;
      if (!is_named || !fits || find(pieces, role.role)) continue;
      pieces.push_back({role.role, i});
      break;
    }
  }
  return pieces;
}

void settle_time(SchemaDraft& draft) {
  const auto datetime = find_datetime(draft), offset = find_offset(draft);
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    Field& field = draft.schema.fields[i];
    if (field.type != FieldType::kDatetime) continue;
    field.role = i == datetime ? Role::kTime : Role::kIgnore;
    if (draft.guesses[i].has_offsets()) continue;
    if (i == datetime && offset) continue;
    set_zone(draft, {i}, field);
  }
  if (datetime && offset && !draft.guesses[*datetime].has_offsets()) {
    draft.pieces = {{"datetime", *datetime}, {"offset", *offset}};
    return add_derived(draft);
  }
  draft.pieces = complete(draft);
  if (datetime || draft.pieces.empty()) {
    for (const TimePiece& piece : draft.pieces) {
      draft.schema.fields[piece.column].role = Role::kIgnore;
    }
    draft.pieces.clear();
    return;
  }
  add_derived(draft);
}

}  // namespace sp
