// JSON's types hold what JSON can hold; what JSON Schema has no words for stands in "$comment", so
// that nothing is left out silently.
#include <algorithm>

#include "sp-schema/show/facts.h"
#include "sp-schema/show/show.h"
#include "sp/base/json_text.h"
#include "sp/schema/number_format.h"

namespace sp {
namespace {

using json_style::kSpaced;

bool is_numeric(const Field& field) {
  return field.type == FieldType::kInteger || field.type == FieldType::kNumber;
}

// A type of the standard that JSON knows by itself, or by a form of its strings.
struct JsonType {
  std::string_view type;
  std::vector<std::string_view> kinds;  // JSON's types
  const char* keyword = nullptr;        // what else it asks, and how; null: nothing
  const char* value = nullptr;
};

const std::vector<JsonType>& json_types() {
  constexpr const char* kMediaType = "contentMediaType";
  constexpr const char* kJson = "application/json";
  static const std::vector<JsonType> types = {
      {"string", {"string"}},
      // 007 and +5 are no numbers of JSON, and stand in strings.
      {"integer", {"integer", "string"}, "pattern", "^[+-]?[0-9]+$"},
      {"number",
       {"number", "string"},
       "pattern",
       "^([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|[+]?[Nn][Aa][Nn]|[+-]?[Ii][Nn][Ff])"
       "$"},
      {"date", {"string"}, "format", "date"},
      {"time", {"string"}, "pattern", "^[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?$"},
      {"datetime",
       {"string"},
       "pattern",
       "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
       "([Zz]|[+-][0-9]{2}:[0-9]{2})?$"},
      {"year", {"integer", "string"}},
      {"object", {"string"}, kMediaType, kJson},
      {"array", {"string"}, kMediaType, kJson},
      {"geojson", {"string"}, kMediaType, kJson},
      {"any", {"string", "number", "boolean"}},
  };
  return types;
}

template <class Texts>
JsonArray list(const Texts& texts) {
  JsonArray out(kSpaced);
  for (const auto& text : texts) out.add(std::string_view(text));
  return out;
}

JsonObject boolean_members(const Field& field) {
  JsonObject out(kSpaced);
  JsonArray items(kSpaced);
  items.add(true).add(false);
  for (const std::string& text : field.true_values) items.add(text);
  for (const std::string& text : field.false_values) items.add(text);
  return out.add("enum", items);
}

JsonObject type_members(const Field& field) {
  if (field.type == FieldType::kBoolean) return boolean_members(field);
  JsonObject out(kSpaced);
  const bool is_count = field.format.starts_with("epoch-");
  if (is_count || (is_numeric(field) && !NumberFormat(field).is_plain())) {
    return out.add("type", list(std::vector{"number", "string"}));
  }
  const auto row =
      std::find_if(json_types().begin(), json_types().end(),
                   [&](const JsonType& type) { return type.type == type_name(field.type); });
  const bool is_default =
      field.format == "default" || field.format == "any" || field.type == FieldType::kString;
  if (row == json_types().end() || !is_default) return out.add("type", "string");
  if (row->kinds.size() == 1) {
    out.add("type", row->kinds[0]);
  } else {
    out.add("type", list(row->kinds));
  }
  if (row->keyword) out.add(row->keyword, row->value);
  return out;
}

// One field's schema, built member by member.
class FieldSchema {
 public:
  FieldSchema(const Schema& schema, const Field& field)
      : schema_(schema),
        field_(field),
        value_(type_members(field)),
        is_required_(field.constraints.required ||
                     std::find(schema.primary_key.begin(), schema.primary_key.end(), field.name) !=
                         schema.primary_key.end()) {}
  bool is_required() const { return is_required_; }
  JsonObject json();

 private:
  void unsaid(const std::string& text) { unsaid_ += (unsaid_.empty() ? "" : "; ") + text; }
  void bound(const char* name, const std::optional<std::string>& text);
  void length(const char* name, const std::optional<std::uint64_t>& length);
  void pattern();
  void enumeration();
  void categories();
  JsonObject missing() const;

  const Schema& schema_;
  const Field& field_;
  JsonObject value_;
  bool is_required_;
  std::string unsaid_;  // what JSON Schema cannot say
};

void FieldSchema::bound(const char* name, const std::optional<std::string>& text) {
  if (!text) return;
  NumberFormat format(field_);
  std::string_view digits;
  if (is_numeric(field_) && format.normalize(*text, digits) && is_json_number(digits)) {
    value_.add(name, JsonLiteral{digits});
  } else {
    unsaid(std::string(name) + " " + *text);
  }
}

void FieldSchema::length(const char* name, const std::optional<std::uint64_t>& length) {
  if (!length) return;
  if (field_.type == FieldType::kString) {
    value_.add(name, *length);
  } else {
    unsaid(std::string(name) + " " + std::to_string(*length));
  }
}

void FieldSchema::pattern() {
  if (!field_.constraints.pattern) return;
  const std::string& pattern = *field_.constraints.pattern;
  if (field_.type == FieldType::kString && is_portable_pattern(pattern)) {
    value_.add("pattern", "^(?:" + pattern + ")$");
  } else {
    unsaid("pattern " + pattern);
  }
}

void FieldSchema::enumeration() {
  if (field_.constraints.enumeration.empty()) return;
  if (field_.type == FieldType::kBoolean) {
    return unsaid("enum " + shown_list(field_.constraints.enumeration));
  }
  NumberFormat format(field_);
  JsonArray items(kSpaced);
  for (const std::string& text : field_.constraints.enumeration) {
    std::string_view digits;
    const bool is_number =
        is_numeric(field_) && format.normalize(text, digits) && is_json_number(digits);
    if (is_number) items.add(JsonLiteral{digits});
    items.add(text);
  }
  value_.add("enum", items);
}

void FieldSchema::categories() {
  if (field_.categories.empty() || !field_.constraints.enumeration.empty()) return;
  JsonArray items(kSpaced);
  for (const Category& category : field_.categories) {
    if (field_.type != FieldType::kString) items.add(JsonLiteral{category.value});
    items.add(category.value);
  }
  value_.add("enum", items);
}

// An alternative for what stands for "no value"; null always does.
JsonObject FieldSchema::missing() const {
  JsonArray items(kSpaced);
  items.add(nullptr);
  const auto& texts = field_.missing_values ? *field_.missing_values : schema_.missing_values;
  for (const std::string& text : texts) items.add(text);
  for (const std::string& number : field_.missing_numbers.value_or(schema_.missing_numbers)) {
    if (is_numeric(field_) && is_json_number(number)) items.add(JsonLiteral{number});
  }
  return JsonObject(kSpaced).add("enum", items);
}

JsonObject FieldSchema::json() {
  const Constraints& constraints = field_.constraints;
  bound("minimum", constraints.minimum);
  bound("maximum", constraints.maximum);
  bound("exclusiveMinimum", constraints.exclusive_minimum);
  bound("exclusiveMaximum", constraints.exclusive_maximum);
  length("minLength", constraints.min_length);
  length("maxLength", constraints.max_length);
  pattern();
  enumeration();
  categories();
  if (constraints.json_schema) value_.add("contentSchema", JsonLiteral{*constraints.json_schema});
  if (constraints.unique) unsaid("unique");
  if (field_.format != "default") unsaid("format " + field_.format);
  JsonObject out(kSpaced);
  const auto say = [&](const char* name, const std::string& text) {
    if (!text.empty()) out.add(name, text);
  };
  say("title", field_.title);
  say("description", field_.description);
  say("standardName", field_.standard_name);
  say("unit", field_.unit);
  say("$comment", unsaid_);
  if (is_required_) return out.add_all(value_);
  return out.add("anyOf", JsonArray(kSpaced).add(value_).add(missing()));
}

bool allows_others(const Schema& schema) {
  return schema.fields_match == FieldsMatch::kSubset ||
         schema.fields_match == FieldsMatch::kPartial;
}

}  // namespace

std::string schema_to_json_schema(const Schema& schema) {
  JsonObject properties(json_style::kInnerLines);
  JsonArray required(kSpaced);
  for (const Field& field : schema.fields) {
    FieldSchema form(schema, field);
    properties.add(field.name, form.json());
    if (form.is_required()) required.add(field.name);
  }
  JsonObject out(json_style::kLines);
  out.add("$schema", "https://json-schema.org/draft/2020-12/schema");
  out.add("title", schema.title.empty() ? schema_stem(schema) : schema.title);
  if (!schema.description.empty()) out.add("description", schema.description);
  if (!schema.primary_key.empty()) {
    out.add("$comment", "primary key " + shown_list(schema.primary_key));
  }
  out.add("type", "object").add("properties", properties).add("required", required);
  return out.add("additionalProperties", allows_others(schema)).str() + "\n";
}

}  // namespace sp
