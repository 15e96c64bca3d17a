// JSON's types hold what JSON can hold; what JSON Schema has no words for stands in "$comment", so
// that nothing is left out silently.
#include <algorithm>

#include "sp-schema/show/facts.h"
#include "sp-schema/show/show.h"
#include "sp/base/json_text.h"
#include "sp/schema/number_format.h"

namespace sp {
namespace {

std::string json_text(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

std::string array(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return "[" + text + "]";
}

bool is_numeric(const Field& field) {
  return field.type == FieldType::kInteger || field.type == FieldType::kNumber;
}

// A type of the standard that JSON knows by itself, or by a form of its strings.
struct JsonType {
  std::string_view type;
  const char* json;  // members of an object
};
constexpr JsonType kJsonTypes[] = {
    {"string", R"("type": "string")"},
    // 007 and +5 are no numbers of JSON, and stand in strings.
    {"integer", R"("type": ["integer", "string"], "pattern": "^[+-]?[0-9]+$")"},
    {"number",
     R"("type": ["number", "string"], "pattern": "^([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|NaN|-?INF)$")"},
    {"date", R"("type": "string", "format": "date")"},
    {"time", R"("type": "string", "pattern": "^[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?$")"},
    {"datetime",
     R"("type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?$")"},
    {"year", R"("type": ["integer", "string"])"},
    {"object", R"("type": "string", "contentMediaType": "application/json")"},
    {"array", R"("type": "string", "contentMediaType": "application/json")"},
    {"geojson", R"("type": "string", "contentMediaType": "application/json")"},
    {"any", R"("type": ["string", "number", "boolean"])"},
};

std::string boolean_members(const Field& field) {
  static const Field kSilent;
  if (field.true_values == kSilent.true_values && field.false_values == kSilent.false_values)
    return R"("type": "boolean")";
  std::vector<std::string> items{"true", "false"};
  for (const std::string& text : field.true_values) items.push_back(json_text(text));
  for (const std::string& text : field.false_values) items.push_back(json_text(text));
  return "\"enum\": " + array(items);
}

std::string type_members(const Field& field) {
  if (field.type == FieldType::kBoolean) return boolean_members(field);
  if (is_numeric(field) && !NumberFormat(field).is_plain())
    return R"("type": ["number", "string"])";
  const auto* const row =
      std::find_if(std::begin(kJsonTypes), std::end(kJsonTypes),
                   [&](const JsonType& type) { return type.type == type_name(field.type); });
  const bool is_default =
      field.format == "default" || field.format == "any" || field.type == FieldType::kString;
  if (row == std::end(kJsonTypes) || !is_default) return R"("type": "string")";
  return row->json;
}

// One field's schema, built member by member.
class FieldSchema {
 public:
  FieldSchema(const Schema& schema, const Field& field)
      : schema_(schema),
        field_(field),
        is_required_(field.constraints.required ||
                     std::find(schema.primary_key.begin(), schema.primary_key.end(), field.name) !=
                         schema.primary_key.end()) {}
  bool is_required() const { return is_required_; }
  std::string str();

 private:
  void member(const std::string& name, const std::string& json) {
    members_ += ", \"" + name + "\": " + json;
  }
  void unsaid(const std::string& text) { unsaid_ += (unsaid_.empty() ? "" : "; ") + text; }
  void bound(const char* name, const std::optional<std::string>& text);
  void length(const char* name, const std::optional<std::uint64_t>& length);
  void pattern();
  void enumeration();
  void categories();
  std::string missing() const;

  const Schema& schema_;
  const Field& field_;
  bool is_required_;
  std::string members_;
  std::string unsaid_;  // what JSON Schema cannot say
};

void FieldSchema::bound(const char* name, const std::optional<std::string>& text) {
  if (!text) return;
  NumberFormat format(field_);
  std::string_view digits;
  if (is_numeric(field_) && format.normalize(*text, digits) && is_json_number(digits)) {
    member(name, std::string(digits));
  } else {
    unsaid(std::string(name) + " " + *text);
  }
}

void FieldSchema::length(const char* name, const std::optional<std::uint64_t>& length) {
  if (!length) return;
  if (field_.type == FieldType::kString) {
    member(name, std::to_string(*length));
  } else {
    unsaid(std::string(name) + " " + std::to_string(*length));
  }
}

void FieldSchema::pattern() {
  if (!field_.constraints.pattern) return;
  const std::string& pattern = *field_.constraints.pattern;
  if (field_.type == FieldType::kString && is_portable_pattern(pattern)) {
    member("pattern", json_text("^(?:" + pattern + ")$"));
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
  std::vector<std::string> items;
  for (const std::string& text : field_.constraints.enumeration) {
    std::string_view digits;
    const bool is_number =
        is_numeric(field_) && format.normalize(text, digits) && is_json_number(digits);
    items.push_back(is_number ? std::string(digits) : json_text(text));
  }
  member("enum", array(items));
}

void FieldSchema::categories() {
  if (field_.categories.empty() || !field_.constraints.enumeration.empty()) return;
  std::vector<std::string> items;
  for (const Category& category : field_.categories) {
    const bool is_text = field_.type == FieldType::kString;
    items.push_back(is_text ? json_text(category.value) : category.value);
  }
  member("enum", array(items));
}

// An alternative for what stands for "no value"; null always does.
std::string FieldSchema::missing() const {
  std::vector<std::string> items{"null"};
  const auto& texts = field_.missing_values ? *field_.missing_values : schema_.missing_values;
  for (const std::string& text : texts) items.push_back(json_text(text));
  for (const std::string& number : field_.missing_numbers.value_or(schema_.missing_numbers)) {
    if (is_numeric(field_) && is_json_number(number)) items.push_back(number);
  }
  return "{\"enum\": " + array(items) + "}";
}

std::string FieldSchema::str() {
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
  if (constraints.json_schema) member("contentSchema", *constraints.json_schema);
  if (constraints.unique) unsaid("unique");
  if (field_.format != "default") unsaid("format " + field_.format);
  std::string about;
  const auto say = [&](const char* name, const std::string& text) {
    if (!text.empty()) about += "\"" + std::string(name) + "\": " + json_text(text) + ", ";
  };
  say("title", field_.title);
  say("description", field_.description);
  say("standardName", field_.standard_name);
  say("unit", field_.unit);
  say("$comment", unsaid_);
  const std::string value = type_members(field_) + members_;
  if (is_required_) return "{" + about + value + "}";
  return "{" + about + "\"anyOf\": [{" + value + "}, " + missing() + "]}";
}

bool allows_others(const Schema& schema) {
  return schema.fields_match == FieldsMatch::kSubset ||
         schema.fields_match == FieldsMatch::kPartial;
}

}  // namespace

std::string schema_to_json_schema(const Schema& schema) {
  std::string properties;
  std::vector<std::string> required;
  for (const Field& field : schema.fields) {
    FieldSchema form(schema, field);
    properties += (properties.empty() ? "\n    " : ",\n    ") + json_text(field.name) + ": ";
    properties += form.str();
    if (form.is_required()) required.push_back(json_text(field.name));
  }
  std::string out = "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n";
  out += "  \"title\": " + json_text(schema.title.empty() ? schema_stem(schema) : schema.title) +
         ",\n";
  if (!schema.description.empty()) {
    out += "  \"description\": " + json_text(schema.description) + ",\n";
  }
  if (!schema.primary_key.empty()) {
    out += "  \"$comment\": " + json_text("primary key " + shown_list(schema.primary_key)) + ",\n";
  }
  out += "  \"type\": \"object\",\n  \"properties\": {" + properties + "\n  },\n";
  out += "  \"required\": " + array(required) + ",\n  \"additionalProperties\": ";
  return out + (allows_others(schema) ? "true" : "false") + "\n}\n";
}

}  // namespace sp
