#include "sp-schema/infer/write.h"

#include <algorithm>

#include "sp-schema/infer/quantity.h"
#include "sp/base/json_text.h"
#include "sp/number/number.h"

namespace sp {
namespace {

using json_style::kSpaced;

JsonArray list(const std::vector<std::string>& texts) {
  JsonArray out(kSpaced);
  for (const std::string& text : texts) out.add(text);
  return out;
}

JsonArray marker_list(std::uint32_t markers) {
  JsonArray out(kSpaced);
  for (std::size_t i = 0; i < std::size(kMissingMarkers); ++i) {
    if ((markers >> i & 1) != 0) out.add(kMissingMarkers[i].text);
  }
  return out;
}

bool is_numeric(const Field& field) {
  return field.type == FieldType::kInteger || field.type == FieldType::kNumber;
}

void add_format(const Field& field, JsonObject& out) {
  static const Field kSilent;
  out.add("type", type_name(field.type));
  if (field.format != kSilent.format) out.add("format", field.format);
  if (field.hour24) out.add("hour24", true);
  if (field.decimal_char != kSilent.decimal_char) out.add("decimalChar", field.decimal_char);
  if (!field.group_char.empty()) out.add("groupChar", field.group_char);
  const bool is_usual = field.true_values.front() == kSilent.true_values.front();
  if (field.type == FieldType::kBoolean && !is_usual) {
    out.add("trueValues", list(field.true_values)).add("falseValues", list(field.false_values));
  }
}

void add_missing(const ColumnGuess& guess, std::uint32_t markers, JsonObject& out) {
  if ((markers & guess.words()) != 0) {
    out.add("missingValues", marker_list(markers & ~guess.words()));
  }
  JsonArray numbers(kSpaced);
  for (const double number : guess.missing_numbers()) {
    char text[kMaxNumberText];
    numbers.add(JsonLiteral{{text, format_shortest(number, text)}});
  }
  if (!numbers.is_empty()) out.add("missingNumbers", numbers);
}

void add_quantity(const std::string& name, const ValueRange& range, JsonObject& out) {
  const GuessedQuantity quantity = guess_quantity(name, range.low.part, range.high.part);
  if (!quantity.unit.empty()) out.add("unit", quantity.unit);
  if (!quantity.standard_name.empty()) out.add("standardName", quantity.standard_name);
}

JsonObject field_json(const std::string& name, const ColumnGuess& guess, std::uint32_t markers) {
  const Field& field = guess.field_named(name);
  const ValueRange range = guess.range();
  JsonObject out(kSpaced);
  out.add("name", name);
  add_format(field, out);
  add_missing(guess, markers, out);
  if (guess.is_required()) out.add("constraints", JsonObject(kSpaced).add("required", true));
  if (range.is_empty) return out;
  if (is_numeric(field)) add_quantity(name, range, out);
  return out.add("$comment", "from " + range.low_text + " to " + range.high_text);
}

// Whether equal values of the column have equal hashes, and none is missing.
bool may_be_key(const std::string& name, const ColumnGuess& guess) {
  const Field& field = guess.field_named(name);
  if (!guess.is_required()) return false;
  switch (field.type) {
    case FieldType::kInteger:
    case FieldType::kString:
      return true;
    case FieldType::kDatetime:
      // 24:00 is 00:00 of the next day.
      return !field.hour24 && (field.format == "default" || guess.is_fixed_width());
    case FieldType::kDate:
    case FieldType::kTime:
      return guess.is_fixed_width();
    default:
      return false;
  }
}

JsonArray key_json(const InferredSchema& inferred) {
  JsonArray names(kSpaced);
  for (const std::vector<std::size_t>& key : inferred.keys) {
    const bool is_sound = std::all_of(key.begin(), key.end(), [&](std::size_t column) {
      return may_be_key(inferred.columns[column], inferred.guesses[column]);
    });
    if (!is_sound) continue;
    for (const std::size_t column : key) names.add(inferred.columns[column]);
    break;
  }
  return names;
}

}  // namespace

std::string to_json(const InferredSchema& inferred) {
  std::uint32_t markers = 1;  // the empty text, which is missing wherever nothing else is said
  for (const ColumnGuess& guess : inferred.guesses) markers |= guess.missing();
  JsonArray fields(json_style::kInnerLines);
  for (std::size_t i = 0; i < inferred.columns.size(); ++i) {
    fields.add(field_json(inferred.columns[i], inferred.guesses[i], markers));
  }
  JsonObject out(json_style::kLines);
  out.add("fields", fields).add("missingValues", marker_list(markers));
  if (const JsonArray key = key_json(inferred); !key.is_empty()) out.add("primaryKey", key);
  if (!inferred.dialect.is_empty()) out.add("dialect", inferred.dialect);
  return out.str() + "\n";
}

}  // namespace sp
