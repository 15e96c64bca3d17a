#include "sp-schema/infer/role/roles.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <set>

#include "sp-schema/infer/column/name_words.h"
#include "sp-schema/infer/long/settle_spread.h"
#include "sp-schema/infer/role/key.h"
#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"

namespace sp {
namespace {

// What a whole name says, or else a word of it.
struct NamedRole {
  Role role;
  std::initializer_list<std::string_view> names;
};
const NamedRole kNamedRoles[] = {
    {Role::kType,
     {"sensor_type", "sensortype", "device_type", "model", "sensor_model", "sensor_type_name"}},
    {Role::kLocation, {"location", "location_id", "place", "ort", "standort", "place_id"}},
};
const std::initializer_list<std::string_view> kMarkWords = {
    "flag",   "flags", "qc", "qn",  "quality", "status",   "valid", "verified", "qualifier",
    "record", "code",  "rn", "ver", "version", "firmware", "poc",   "port"};

bool is_numeric(const Field& field) {
  return field.type == FieldType::kInteger || field.type == FieldType::kNumber;
}

bool is_row_number(const SchemaDraft& draft, std::size_t column) {
  return draft.guesses[column].counts_up() && may_number_rows(draft.columns[column]);
}

// What is written down beside a reading with a number of its own is no name of a sensor.
bool may_be_key(const SchemaDraft& draft, std::size_t column) {
  const Field& field = draft.schema.fields[column];
  const bool is_text = field.type == FieldType::kString || field.type == FieldType::kInteger;
  return is_text && field.role == Role::kNone && !is_row_number(draft, column) &&
         !may_name_quantities(field.name) && field.standard_name.empty() &&
         !has_word(field.name, {"type", "model", "name"});
}

std::vector<std::size_t> key_columns(const SchemaDraft& draft) {
  std::vector<std::size_t> columns;
  for (const std::size_t column : draft.reading.empty() ? draft.primary_key : draft.reading) {
    if (may_be_key(draft, column) && may_name_things(draft.columns[column]))
      columns.push_back(column);
  }
  if (!columns.empty()) return columns;
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < draft.columns.size(); ++i) {
    const int rank = may_be_key(draft, i) ? key_rank(draft.columns[i]) : 0;
    if (rank > 0 && (!best || rank < key_rank(draft.columns[*best]))) best = i;
  }
  if (best) return {*best};
  // "name" alone, where nothing else says it.
  for (std::size_t i = 0; i < draft.columns.size(); ++i) {
    const Field& field = draft.schema.fields[i];
    const bool is_text = field.type == FieldType::kString && field.role == Role::kNone;
    if (is_text && has_word(field.name, {"station", "sensor", "device", "site", "stationsname",
                                         "stationname", "messstelle", "messstation"}))
      return {i};
  }
  return {};
}

// A member of an object in an object may be called so, whatever that is called.
std::optional<Role> named_role(const std::string& name) {
  for (std::size_t at = 0; at != std::string::npos;) {
    const std::string plain = plain_name(std::string_view(name).substr(at));
    for (const NamedRole& row : kNamedRoles) {
      if (std::find(row.names.begin(), row.names.end(), plain) != row.names.end()) return row.role;
    }
    at = name.find('.', at);
    if (at != std::string::npos) ++at;
  }
  return std::nullopt;
}

bool has_role(const SchemaDraft& draft, Role role) {
  return std::any_of(draft.schema.fields.begin(), draft.schema.fields.end(),
                     [&](const Field& field) { return field.role == role; });
}

Role place_role(const Field& field) {
  if (field.standard_name == "latitude") return Role::kLatitude;
  if (field.standard_name == "longitude") return Role::kLongitude;
  if (field.standard_name == "altitude") return Role::kAltitude;
  return Role::kNone;
}

// `given`: roles that only one column can have.
Role role_of(const SchemaDraft& draft, std::size_t column, const std::set<Role>& given) {
  const Field& field = draft.schema.fields[column];
  if (is_row_number(draft, column) || field.name.empty()) return Role::kIgnore;
  if (const Role place = place_role(field); place != Role::kNone && !given.contains(place)) {
    return place;
  }
  const auto named = named_role(field.name);
  const bool is_text = field.type == FieldType::kString || field.type == FieldType::kInteger;
  if (named && is_text && !given.contains(*named)) return *named;
  const bool is_measure =
      is_numeric(field) && !may_name_things(field.name) && !may_mark_values(field.name);
  return is_measure ? Role::kMeasure : Role::kAttribute;
}

void add_constants(SchemaDraft& draft, bool has_key) {
  if (draft.source.empty()) return;
  draft.schema.constants.push_back({"source", draft.source});
  if (has_key) return;
  draft.schema.constants.push_back({"key", draft.source});
  draft.remarks.decide("no column names the sensor: all rows are taken for those of one, " +
                       excerpt(draft.source) + " (constants, key)");
}

void tell_what_is_left(SchemaDraft& draft) {
  const bool has_time = has_role(draft, Role::kTime) || !draft.schema.derived.empty();
  if (!draft.source.empty() && !has_time) {
    draft.remarks.demand(
        "no column says when a row was measured: give one the role time, or put it together from "
        "several (derived, datetime)");
  }
  if (!draft.source.empty() && !has_role(draft, Role::kMeasure) && !draft.schema.spread) {
    draft.remarks.demand("no column holds what was measured: give those that do the role measure");
  }
}

// Of a sensor the database has one reading of a time.
void settle_repeated_rows(SchemaDraft& draft, const std::vector<std::size_t>& key) {
  const bool has_offsets = std::any_of(draft.pieces.begin(), draft.pieces.end(),
                                       [](const auto& piece) { return piece.role == "offset"; });
  if (draft.source.empty() || draft.schema.spread || has_offsets) return;
  std::vector<std::size_t> columns = key;
  for (const std::size_t column : time_columns(draft)) columns.push_back(column);
  const std::uint64_t repeated = draft.repeated(columns).value_or(0);
  if (repeated == 0) return;
  if (repeated == GuessedKeys::kMany || !draft.schema.primary_key.empty()) {
    draft.remarks.demand(
        "rows have the sensor and the time of others: say what tells them apart "
        "(role key), or which are to be loaded (keepValues)");
    return;
  }
  for (const std::size_t column : columns) {
    draft.schema.primary_key.push_back(draft.columns[column]);
  }
  draft.remarks.decide(counted(repeated, "row") +
                       " of a sensor and time that another has: all but the first are rejected "
                       "(primaryKey)");
}

bool is_of_spread(const SchemaDraft& draft, const std::string& name) {
  const std::optional<Spread>& spread = draft.schema.spread;
  return spread && (name == spread->names || name == spread->values || name == spread->units);
}

// Whether a time of that pattern has one text alone, but for zeros that do not count.
bool has_one_text(const std::string& format) {
  const auto lacks = [&](const char* text) { return format.find(text) == std::string::npos; };
  return format.find(':') != std::string::npos && lacks("%[") && lacks("%z") && lacks("%b");
}

// Whether equal values of the column have equal hashes, and none is missing.
bool is_sound_key(const SchemaDraft& draft, std::size_t column) {
  const Field& field = draft.schema.fields[column];
  const ColumnGuess& guess = draft.guesses[column];
  if (!guess.is_required()) return false;
  switch (field.type) {
    case FieldType::kInteger:
    case FieldType::kString:
      return true;
    case FieldType::kDatetime:
      // 24:00 is 00:00 of the next day.
      return !field.hour24 &&
             (field.format == "default" || guess.is_fixed_width() || has_one_text(field.format));
    case FieldType::kTime:
      return guess.is_fixed_width() || has_one_text(field.format);
    case FieldType::kDate:
      return guess.is_fixed_width();
    default:
      return false;
  }
}

// Whether the next file would have the same values again: times of day, numbers of rows.
bool comes_again(const SchemaDraft& draft, const std::vector<std::size_t>& key) {
  return std::all_of(key.begin(), key.end(), [&](std::size_t column) {
    return draft.schema.fields[column].type == FieldType::kTime || is_row_number(draft, column);
  });
}

}  // namespace

bool may_mark_values(const std::string& name) { return has_word(name, kMarkWords); }

void settle_key(SchemaDraft& draft) {
  for (const std::vector<std::size_t>& key : draft.keys) {
    const bool is_sound = std::all_of(
        key.begin(), key.end(), [&](std::size_t column) { return is_sound_key(draft, column); });
    if (!is_sound || comes_again(draft, key)) continue;
    draft.primary_key = key;
    for (const std::size_t column : key) draft.schema.primary_key.push_back(draft.columns[column]);
    break;
  }
}

void settle_roles(SchemaDraft& draft) {
  for (std::size_t i = 0; i < draft.columns.size(); ++i) {
    if (is_row_number(draft, i) && may_name_things(draft.columns[i])) {
      draft.remarks.decide(
          "it counts the rows, and is ignored: if it names sensors, give it the "
          "role key",
          i);
    }
  }
  const std::vector<std::size_t> key = key_columns(draft);
  for (const std::size_t column : key) draft.schema.fields[column].role = Role::kKey;
  std::set<Role> given;
  for (std::size_t i = 0; i < draft.columns.size(); ++i) {
    Field& field = draft.schema.fields[i];
    if (is_of_spread(draft, field.name)) continue;
    if (field.role == Role::kNone) field.role = role_of(draft, i, given);
    given.insert(field.role);
  }
  settle_repeated_rows(draft, key);
  add_constants(draft, !key.empty());
  tell_what_is_left(draft);
}

}  // namespace sp
