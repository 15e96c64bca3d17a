#include "sp-schema/infer/long/settle_spread.h"

#include <algorithm>
#include <map>
#include <set>

#include "sp-schema/infer/quantity/quantity.h"
#include "sp-schema/infer/role/key.h"
#include "sp-schema/infer/role/roles.h"
#include "sp/base/excerpt.h"
#include "sp/schema/reshape.h"
#include "sp/table/name_list.h"
#include "sp/unit/unit.h"

namespace sp {
namespace {

const std::string kHow = "; \"spread\" makes a column of each quantity, see sp-schema(5)";

bool is_in(const std::vector<std::size_t>& columns, std::size_t column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

// Why it is not clear which column holds the values, and what they are of; empty: it is.
std::string doubt_of_columns(const SchemaDraft& draft) {
  const LongRows& rows = *draft.long_rows;
  if (!rows.values()) return "it is not clear which column holds the values";
  if (!draft.guesses[*rows.names()].is_required()) return "some rows have no name there";
  if (rows.quantities().empty()) {
    return "there are more than " + std::to_string(LongRows::kMostQuantities) + " of them";
  }
  return "";
}

// The quantity of each of the fields is known as far as it can be told.
SpreadField spread_field(const SchemaDraft& draft, const std::pair<std::string, std::string>& key,
                         const ColumnGuess& guess) {
  const auto& [name, unit_text] = key;
  const ValueRange range = guess.range();
  const GuessedQuantity quantity = guess_quantity(name, range.low.part, range.high.part, unit_text);
  SpreadField made;
  made.field.name = name;
  made.field.role = Role::kMeasure;
  made.field.unit = quantity.unit;
  made.field.standard_name = quantity.standard_name;
  if (!draft.source.empty()) {
    made.field.rename = quantity.name;
    made.field.target_unit = quantity.target_unit;
  }
  if (!draft.long_rows->units()) return made;
  if (unit_text.empty() && made.field.unit.empty()) made.field.unit = "1";
  const bool has_unit = !made.field.unit.empty();
  if (has_unit && !is_same_unit(made.field.unit, unit_text)) made.unit_text = unit_text;
  return made;
}

// Of a quantity in several units each becomes the same one; says why where it cannot.
std::string bring_to_one_unit(std::vector<SpreadField>& fields) {
  std::map<std::string, const SpreadField*> first;
  for (SpreadField& made : fields) {
    Field& field = made.field;
    const auto [known, is_new] = first.emplace(field.name, &made);
    if (is_new) continue;
    const Field& other = known->second->field;
    const std::string& target = other.target_unit.empty() ? other.unit : other.target_unit;
    if (!is_of_dimension(field.unit, target)) {
      return excerpt(field.name) + " is in " + field.unit + " and in " + target +
             ", of which neither becomes the other without molarMass and conditions";
    }
    field.target_unit = target;
    field.rename = other.rename;
  }
  return "";
}

// Of a unit that is not known none can say whether the next file has it: such quantities are
// `left_out`.
std::string make_fields(const SchemaDraft& draft, Spread& spread,
                        std::vector<std::string>& left_out) {
  std::set<std::string> unknown;
  for (const auto& [key, guess] : draft.long_rows->quantities()) {
    SpreadField made = spread_field(draft, key, guess);
    if (draft.long_rows->units() && made.field.unit.empty()) {
      left_out.push_back(key.first + " (" + key.second + ")");
      unknown.insert(key.first);
    } else {
      spread.fields.push_back(std::move(made));
    }
  }
  if (spread.fields.empty()) return "none of its units is known: " + shown_names(left_out);
  for (const SpreadField& made : spread.fields) {
    if (unknown.contains(made.field.name)) {
      return excerpt(made.field.name) + " has several units, of which one is not known";
    }
  }
  return bring_to_one_unit(spread.fields);
}

void leave_out(SchemaDraft& draft, const std::vector<std::string>& left_out) {
  if (left_out.empty()) return;
  std::set<std::string> kept;
  for (const SpreadField& made : draft.schema.spread->fields) kept.insert(made.field.name);
  const std::optional<std::size_t> names = draft.long_rows->names();
  draft.schema.fields[*names].keep_values.assign(kept.begin(), kept.end());
  draft.remarks.decide("the unit is not known of " + shown_names(left_out) +
                           ", whose rows are left out (keepValues)",
                       names);
}

// What stands beside a value, such as its quality, is not the same for all of a reading.
void ignore_what_differs(SchemaDraft& draft, const LongRows::Group& group) {
  const LongRows& rows = *draft.long_rows;
  for (std::size_t i = 0; i < draft.schema.fields.size(); ++i) {
    Field& field = draft.schema.fields[i];
    const bool is_part = i == rows.names() || i == rows.values() || i == rows.units();
    if (is_part || field.role != Role::kNone || is_in(group.columns, i)) continue;
    const bool is_mark = may_mark_values(field.name) && !may_name_things(field.name);
    if (!group.varies[i] && !is_mark && !may_name_quantities(field.name)) continue;
    field.role = Role::kIgnore;
    draft.remarks.decide("it is of each value and not of a reading, and is ignored", i);
  }
}

void set_keys(SchemaDraft& draft, const LongRows::Group& group) {
  draft.reading = group.columns;
  if (draft.long_rows->gave_up()) return;
  std::vector<std::size_t> key = group.columns;
  key.push_back(*draft.long_rows->names());
  draft.keys = {key};
}

void tell(SchemaDraft& draft, const std::string& doubt) {
  draft.remarks.demand("it seems to name what each row measures, but " + doubt + kHow,
                       draft.long_rows->names());
}

}  // namespace

std::vector<std::size_t> time_columns(const SchemaDraft& draft) {
  std::vector<std::size_t> columns;
  for (const TimePiece& piece : draft.pieces) {
    if (piece.role != "offset") columns.push_back(piece.column);
  }
  for (std::size_t i = 0; i < draft.schema.fields.size(); ++i) {
    if (draft.schema.fields[i].role == Role::kTime) columns.push_back(i);
  }
  return columns;
}

void settle_missing_quantities(SchemaDraft& draft) {
  const LongRows& rows = *draft.long_rows;
  if (!rows.values()) return;
  std::set<double> missing;
  for (const auto& [key, guess] : rows.quantities()) {
    for (const double number : guess.missing_numbers()) missing.insert(number);
  }
  const auto is_value = [&](double number) {
    return std::any_of(rows.quantities().begin(), rows.quantities().end(), [&](const auto& row) {
      const ValueRange range = row.second.range();
      return !range.is_empty && range.low.part <= number && number <= range.high.part;
    });
  };
  for (const double number : missing) {
    if (!is_value(number)) draft.guesses[*rows.values()].set_missing(number);
  }
}

void settle_spread(SchemaDraft& draft) {
  const LongRows& rows = *draft.long_rows;
  if (!rows.names()) return;
  Spread spread;
  std::string doubt = doubt_of_columns(draft);
  std::vector<std::string> left_out;
  if (doubt.empty()) doubt = make_fields(draft, spread, left_out);
  const std::vector<std::size_t> times = time_columns(draft);
  const LongRows::Group* const group = times.empty() ? nullptr : rows.group(times);
  if (doubt.empty() && group == nullptr) {
    doubt = times.empty() ? "no column says when"
                          : "two rows have the same sensor, time and quantity: say which are to be "
                            "loaded (keepValues), or what tells them apart (primaryKey)";
  }
  if (!doubt.empty()) return tell(draft, doubt);
  std::vector<Field>& fields = draft.schema.fields;
  for (const auto column : {rows.names(), rows.units()}) {
    if (column) fields[*column].type = FieldType::kString;
  }
  spread.names = fields[*rows.names()].name;
  spread.values = fields[*rows.values()].name;
  if (rows.units()) spread.units = fields[*rows.units()].name;
  // The next file may be longer.
  if (group->open_rows > spread.open_rows) {
    spread.open_rows = std::min(group->open_rows * 2, kMostOpenRows);
  }
  draft.schema.spread = std::move(spread);
  leave_out(draft, left_out);
  ignore_what_differs(draft, *group);
  set_keys(draft, *group);
  draft.remarks.decide(
      "each row is read as one value of what it names, and those of a reading become "
      "one row (spread)",
      rows.names());
}

}  // namespace sp
