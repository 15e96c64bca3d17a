#include "sp-schema/infer/time/settle_time.h"

#include <algorithm>
#include <initializer_list>
#include <optional>

#include "sp-schema/infer/column/name_words.h"
#include "sp-schema/infer/time/set_zone.h"
#include "sp-schema/infer/time/time_pieces.h"
#include "sp-schema/infer/time/zone_name.h"
#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"
#include "sp/schema/composite_time.h"
#include "sp/time/time_format.h"

namespace sp {
namespace {

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

bool names_zone(const SchemaDraft& draft, std::size_t column) {
  return !find_zone(draft.columns[column]).zone.empty();
}

// The first, or the first that names its zone: "Date GMT" before "Date Local".
std::optional<std::size_t> first_of(const SchemaDraft& draft, FieldType type) {
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    if (draft.guesses[i].type() != type) continue;
    if (names_zone(draft, i)) return i;
    if (!first) first = i;
  }
  return first;
}

// How likely the date-times of a column are those of measurements: their name may say so, or that
// they are of something else; those of an export are all the same.
int likelihood(const SchemaDraft& draft, std::size_t column) {
  const ColumnGuess& guess = draft.guesses[column];
  const std::string& name = draft.columns[column];
  const ValueRange range = guess.range();
  const bool is_other = has_word(name, {"created", "updated", "received", "modified", "result",
                                        "end", "until", "bis", "exported", "inserted"});
  const bool is_named = has_word(name, {"time", "timestamp", "datetime", "ts", "date", "measured",
                                        "observed", "zeit", "datum", "start", "begin", "von"});
  const bool is_constant = guess.count() > 1 && range.low == range.high;
  const bool has_zone = guess.has_offsets() || names_zone(draft, column);
  return (is_constant ? 0 : 8) + (is_other ? 0 : 4) + (is_named ? 2 : 0) + (has_zone ? 1 : 0);
}

std::optional<std::size_t> find_datetime(SchemaDraft& draft) {
  std::optional<std::size_t> best;
  bool is_sure = true;
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    if (draft.guesses[i].type() != FieldType::kDatetime) continue;
    const int more = best ? likelihood(draft, i) - likelihood(draft, *best) : 1;
    is_sure = more == 0 ? false : more > 0 || is_sure;
    if (more > 0) best = i;
  }
  if (best && !is_sure) {
    draft.remarks.decide("of several date-times it is taken for that of the measurement", best);
  }
  return best;
}

// The parts that make a date-time; empty where the columns have none.
std::vector<TimePiece> complete(const SchemaDraft& draft) {
  const auto date = first_of(draft, FieldType::kDate), time = first_of(draft, FieldType::kTime);
  std::vector<TimePiece> day, clock;
  const auto add = [&](std::vector<TimePiece>& pieces, std::initializer_list<const char*> roles) {
    for (const char* role : roles) {
      const TimePiece* const piece = find_piece(draft.pieces, role);
      if (piece) pieces.push_back(*piece);
    }
  };
  if (date) {
    day.push_back({"date", *date});
  } else if (find_piece(draft.pieces, "month") && find_piece(draft.pieces, "day")) {
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

void settle_time(SchemaDraft& draft) {
  const auto datetime = find_datetime(draft), offset = find_offset(draft);
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    Field& field = draft.schema.fields[i];
    if (field.type != FieldType::kDatetime) continue;
    field.role = i == datetime ? Role::kTime : Role::kIgnore;
    if (draft.guesses[i].has_offsets()) continue;
    if (i != datetime) {
      if (const NamedZone named = find_zone(field.name); !named.zone.empty()) {
        field.timezone = named.zone;
      }
    } else if (!offset) {
      set_zone(draft, {i}, field);
    }
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
  if (offset) draft.pieces.push_back({"offset", *offset});
  add_derived(draft);
}

}  // namespace sp
