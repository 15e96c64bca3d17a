#include "sp-schema/infer/write.h"

#include "sp/base/json_text.h"

namespace sp {
namespace {

using json_style::kSpaced;

JsonArray list(const std::vector<std::string>& texts) {
  JsonArray out(kSpaced);
  for (const std::string& text : texts) out.add(text);
  return out;
}

JsonArray number_list(const std::vector<std::string>& numbers) {
  JsonArray out(kSpaced);
  for (const std::string& number : numbers) out.add(JsonLiteral{number});
  return out;
}

const Field& silent() {
  static const Field field;
  return field;
}

void add_format(const Field& field, JsonObject& out) {
  out.add("type", type_name(field.type));
  if (field.format != silent().format) out.add("format", field.format);
  if (field.hour24) out.add("hour24", true);
  if (field.decimal_char != silent().decimal_char) out.add("decimalChar", field.decimal_char);
  if (!field.group_char.empty()) out.add("groupChar", field.group_char);
  const bool is_usual = field.true_values.front() == silent().true_values.front();
  if (field.type == FieldType::kBoolean && !is_usual) {
    out.add("trueValues", list(field.true_values)).add("falseValues", list(field.false_values));
  }
}

std::string comment_of(const SchemaDraft& draft, std::size_t column) {
  const ValueRange range = draft.guesses[column].range();
  std::string text = draft.remarks.comment(column);
  if (range.is_empty) return text;
  if (!text.empty()) text += "; ";
  return text + "from " + range.low_text + " to " + range.high_text;
}

JsonObject field_json(const SchemaDraft& draft, std::size_t column) {
  const Field& field = draft.schema.fields[column];
  JsonObject out(kSpaced);
  out.add("name", field.name);
  add_format(field, out);
  if (field.timezone != silent().timezone) out.add("timezone", field.timezone);
  if (field.missing_values) out.add("missingValues", list(*field.missing_values));
  if (field.missing_numbers) out.add("missingNumbers", number_list(*field.missing_numbers));
  if (field.constraints.required) {
    out.add("constraints", JsonObject(kSpaced).add("required", true));
  }
  if (!field.keep_values.empty()) out.add("keepValues", list(field.keep_values));
  if (field.invalid_is_missing) out.add("onInvalid", "missing");
  if (!field.unit.empty()) out.add("unit", field.unit);
  if (!field.target_unit.empty()) out.add("targetUnit", field.target_unit);
  if (!field.rename.empty()) out.add("rename", field.rename);
  if (!field.standard_name.empty()) out.add("standardName", field.standard_name);
  if (field.role != Role::kNone) out.add("role", role_name(field.role));
  if (const std::string comment = comment_of(draft, column); !comment.empty()) {
    out.add("$comment", comment);
  }
  return out;
}

JsonObject spread_field_json(const SpreadField& made) {
  const Field& field = made.field;
  JsonObject out(kSpaced);
  out.add("name", field.name);
  if (!field.unit.empty()) out.add("unit", field.unit);
  if (made.unit_text) out.add("unitText", *made.unit_text);
  if (!field.target_unit.empty()) out.add("targetUnit", field.target_unit);
  if (!field.rename.empty()) out.add("rename", field.rename);
  if (!field.standard_name.empty()) out.add("standardName", field.standard_name);
  return out;
}

JsonObject spread_json(const Spread& spread) {
  JsonArray fields(json_style::kInnerLines);
  for (const SpreadField& made : spread.fields) fields.add(spread_field_json(made));
  JsonObject out(kSpaced);
  out.add("names", spread.names).add("values", spread.values);
  if (!spread.units.empty()) out.add("units", spread.units);
  if (spread.open_rows != Spread().open_rows) {
    out.add("openRows", static_cast<std::uint64_t>(spread.open_rows));
  }
  return out.add("fields", fields);
}

JsonObject derived_json(const Derived& derived) {
  JsonObject out(kSpaced), inputs(kSpaced);
  for (const DerivedInput& input : derived.inputs) inputs.add(input.role, input.column);
  out.add("name", derived.field.name).add("formula", derived.formula).add("inputs", inputs);
  if (derived.field.timezone != silent().timezone) out.add("timezone", derived.field.timezone);
  if (derived.field.hour24) out.add("hour24", true);
  return out.add("role", role_name(derived.field.role));
}

}  // namespace

std::string to_json(const SchemaDraft& draft) {
  const Schema& schema = draft.schema;
  JsonArray fields(json_style::kInnerLines), derived(json_style::kInnerLines);
  for (std::size_t i = 0; i < schema.fields.size(); ++i) fields.add(field_json(draft, i));
  for (const Derived& column : schema.derived) derived.add(derived_json(column));
  JsonObject out(json_style::kLines), constants(kSpaced);
  out.add("fields", fields).add("missingValues", list(schema.missing_values));
  if (!schema.missing_numbers.empty()) {
    out.add("missingNumbers", number_list(schema.missing_numbers));
  }
  if (schema.fields_match == FieldsMatch::kSubset) out.add("fieldsMatch", "subset");
  if (!schema.primary_key.empty()) out.add("primaryKey", list(schema.primary_key));
  if (!draft.dialect.is_empty()) out.add("dialect", draft.dialect);
  if (!derived.is_empty()) out.add("derived", derived);
  if (schema.spread) out.add("spread", spread_json(*schema.spread));
  for (const Constant& constant : schema.constants) constants.add(constant.name, constant.value);
  if (!constants.is_empty()) out.add("constants", constants);
  if (const std::string comment = draft.remarks.comment(std::nullopt); !comment.empty()) {
    out.add("$comment", comment);
  }
  return out.str() + "\n";
}

}  // namespace sp
