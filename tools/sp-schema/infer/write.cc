#include "sp-schema/infer/write.h"

#include <algorithm>

#include "sp-schema/infer/quantity.h"
#include "sp/base/json_text.h"
#include "sp/number/number.h"

namespace sp {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string list(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return "[" + out + "]";
}

std::vector<std::string> quoted_all(const std::vector<std::string>& texts) {
  std::vector<std::string> out;
  out.reserve(texts.size());
  for (const std::string& text : texts) out.push_back(quoted(text));
  return out;
}

std::string number_text(double number) {
  char text[kMaxNumberText];
  return {text, format_shortest(number, text)};
}

std::string marker_list(std::uint32_t markers) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < std::size(kMissingMarkers); ++i) {
    if ((markers >> i & 1) != 0) texts.push_back(quoted(kMissingMarkers[i].text));
  }
  return list(texts);
}

bool is_numeric(const Field& field) {
  return field.type == FieldType::kInteger || field.type == FieldType::kNumber;
}

std::string format_members(const Field& field) {
  static const Field kSilent;
  std::string out = std::string(", \"type\": \"") + type_name(field.type) + "\"";
  if (field.format != kSilent.format) out += ", \"format\": " + quoted(field.format);
  if (field.hour24) out += ", \"hour24\": true";
  if (field.decimal_char != kSilent.decimal_char)
    out += ", \"decimalChar\": " + quoted(field.decimal_char);
  if (!field.group_char.empty()) out += ", \"groupChar\": " + quoted(field.group_char);
  const bool is_usual = field.true_values.front() == kSilent.true_values.front();
  if (field.type == FieldType::kBoolean && !is_usual) {
    out += ", \"trueValues\": " + list(quoted_all(field.true_values)) +
           ", \"falseValues\": " + list(quoted_all(field.false_values));
  }
  return out;
}

std::string missing_members(const ColumnGuess& guess, std::uint32_t markers) {
  std::string out;
  if ((markers & guess.words()) != 0)
    out += ", \"missingValues\": " + marker_list(markers & ~guess.words());
  std::vector<std::string> numbers;
  for (const double number : guess.missing_numbers()) numbers.push_back(number_text(number));
  if (!numbers.empty()) out += ", \"missingNumbers\": " + list(numbers);
  return out;
}

std::string quantity_members(const std::string& name, const ValueRange& range) {
  const GuessedQuantity quantity = guess_quantity(name, range.low.part, range.high.part);
  std::string out;
  if (!quantity.unit.empty()) out += ", \"unit\": " + quoted(quantity.unit);
  if (!quantity.standard_name.empty())
    out += ", \"standardName\": " + quoted(quantity.standard_name);
  return out;
}

std::string field_json(const std::string& name, const ColumnGuess& guess, std::uint32_t markers) {
  const Field& field = guess.field_named(name);
  const ValueRange range = guess.range();
  std::string out = "{\"name\": " + quoted(name) + format_members(field);
  out += missing_members(guess, markers);
  if (guess.is_required()) out += ", \"constraints\": {\"required\": true}";
  if (range.is_empty) return out + "}";
  if (is_numeric(field)) out += quantity_members(name, range);
  return out + ", \"$comment\": " + quoted("from " + range.low_text + " to " + range.high_text) +
         "}";
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

std::string key_json(const InferredSchema& inferred) {
  for (const std::vector<std::size_t>& key : inferred.keys) {
    const bool is_sound = std::all_of(key.begin(), key.end(), [&](std::size_t column) {
      return may_be_key(inferred.columns[column], inferred.guesses[column]);
    });
    if (!is_sound) continue;
    std::vector<std::string> names;
    names.reserve(key.size());
    for (const std::size_t column : key) names.push_back(quoted(inferred.columns[column]));
    return list(names);
  }
  return "";
}

}  // namespace

std::string to_json(const InferredSchema& inferred) {
  std::uint32_t markers = 1;  // the empty text, which is missing wherever nothing else is said
  for (const ColumnGuess& guess : inferred.guesses) markers |= guess.missing();
  std::string out = "{\n  \"fields\": [";
  for (std::size_t i = 0; i < inferred.columns.size(); ++i) {
    out += i == 0 ? "\n    " : ",\n    ";
    out += field_json(inferred.columns[i], inferred.guesses[i], markers);
  }
  out += "\n  ],\n  \"missingValues\": " + marker_list(markers);
  const std::string key = key_json(inferred);
  if (!key.empty()) out += ",\n  \"primaryKey\": " + key;
  if (!inferred.dialect.empty()) out += ",\n  \"dialect\": {" + inferred.dialect + "}";
  return out + "\n}\n";
}

}  // namespace sp
