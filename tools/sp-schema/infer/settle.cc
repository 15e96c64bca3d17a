#include "sp-schema/infer/settle.h"

#include <algorithm>

#include "sp-schema/infer/column/missing.h"
#include "sp-schema/infer/column/readings.h"
#include "sp-schema/infer/long/settle_spread.h"
#include "sp-schema/infer/quantity/quantity.h"
#include "sp-schema/infer/role/database_names.h"
#include "sp-schema/infer/role/roles.h"
#include "sp-schema/infer/time/settle_time.h"
#include "sp/base/excerpt.h"

namespace sp {
namespace {

bool is_numeric(const Field& field) {
  return field.type == FieldType::kInteger || field.type == FieldType::kNumber;
}

void make_fields(SchemaDraft& draft) {
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    Field& field = draft.schema.fields.emplace_back(draft.guesses[i].field());
    field.name = draft.columns[i];
  }
}

void settle_quantities(SchemaDraft& draft) {
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    Field& field = draft.schema.fields[i];
    const ValueRange range = draft.guesses[i].range();
    if (!is_numeric(field) || range.is_empty) continue;
    const GuessedQuantity quantity =
        guess_quantity(field.name, range.low.part, range.high.part, draft.unit_text(i));
    field.unit = quantity.unit;
    field.standard_name = quantity.standard_name;
    if (draft.source.empty()) continue;
    field.rename = quantity.name;
    field.target_unit = quantity.target_unit;
  }
}

// A quantity has one unit in a database.
void tell_of_units(SchemaDraft& draft) {
  if (draft.source.empty()) return;
  std::string names;
  const auto add = [&](const Field& field) {
    if (field.role != Role::kMeasure || !field.unit.empty()) return;
    names += (names.empty() ? "" : ", ") + excerpt(field.name);
  };
  for (const Field& field : draft.schema.fields) add(field);
  if (draft.schema.spread) {
    for (const SpreadField& made : draft.schema.spread->fields) add(made.field);
  }
  if (names.empty()) return;
  draft.remarks.note("no unit is known of " + names +
                     ": where they have one, write it (unit), for a quantity has one unit in the "
                     "whole database");
}

bool is_time_piece(const SchemaDraft& draft, std::size_t column) {
  return std::any_of(draft.pieces.begin(), draft.pieces.end(),
                     [&](const TimePiece& piece) { return piece.column == column; });
}

// Where the whole table has a number for what is missing, it may be missing in any measure. Of the
// files that a network writes one only was seen: what is measured may be missing in the next, or
// have a fraction.
void settle_required(SchemaDraft& draft) {
  const bool has_comma = std::any_of(draft.schema.fields.begin(), draft.schema.fields.end(),
                                     [](const Field& field) { return field.decimal_char == ","; });
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    Field& field = draft.schema.fields[i];
    const bool has_more_files = !draft.source.empty();
    const bool is_measure = field.role == Role::kMeasure;
    const bool names_row = field.role == Role::kKey || field.role == Role::kTime ||
                           (field.role == Role::kIgnore && is_time_piece(draft, i));
    const bool may_lack =
        (is_measure && !draft.schema.missing_numbers.empty()) || (has_more_files && !names_row);
    field.constraints.required = draft.guesses[i].is_required() && !may_lack;
    if (!has_more_files || !is_measure || field.type != FieldType::kInteger) continue;
    field.type = FieldType::kNumber;
    if (has_comma) field.decimal_char = ",";
  }
}

std::string at_line(const Damage& damage) {
  std::string text = excerpt(damage.text);
  if (damage.line > 0) text += " in line " + std::to_string(damage.line);
  return text;
}

// Whether a row has something to tell where the column has no value.
bool is_one_of_several_measures(const SchemaDraft& draft, std::size_t column) {
  const std::vector<Field>& fields = draft.schema.fields;
  const auto is_measure = [](const Field& field) { return field.role == Role::kMeasure; };
  return is_measure(fields[column]) && std::count_if(fields.begin(), fields.end(), is_measure) > 1;
}

void tell_of_damage(SchemaDraft& draft) {
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    const ColumnGuess& guess = draft.guesses[i];
    Field& field = draft.schema.fields[i];
    const std::string type = type_name(field.type);
    if (const Damage damage = guess.damage(); damage.count > 0) {
      field.invalid_is_missing = is_one_of_several_measures(draft, i);
      if (field.invalid_is_missing) field.constraints.required = false;
      draft.remarks.decide(
          std::to_string(damage.count) + " of " + std::to_string(guess.count()) +
              " values are not of the type " + type + ", " +
              (damage.count > 1 ? "the first " : "") + at_line(damage) +
              (field.invalid_is_missing
                   ? ": they are missing, and the rest of their rows is kept (onInvalid)"
                   : ": their rows are rejected, unless onInvalid is missing or the type is "
                     "string"),
          i);
    } else if (const Damage few = guess.near_miss(); few.count > 0) {
      draft.remarks.decide("it is text for " + at_line(few) + " alone" +
                               (few.count > 1 ? ", and one more value" : "") +
                               ": if that is damaged, give it the type of the others",
                           i);
    }
  }
}

}  // namespace

void settle(SchemaDraft& draft) {
  choose_readings(draft);
  settle_columns_without_data(draft);
  make_fields(draft);
  settle_missing_quantities(draft);
  settle_missing_numbers(draft);
  settle_missing_texts(draft);
  settle_quantities(draft);
  settle_time(draft);
  settle_spread(draft);
  settle_key(draft);
  settle_roles(draft);
  settle_required(draft);
  settle_database_names(draft);
  tell_of_units(draft);
  tell_of_damage(draft);
}

}  // namespace sp
