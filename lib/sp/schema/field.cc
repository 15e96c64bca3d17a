#include "sp/schema/field.h"

#include <algorithm>
#include <optional>

#include "sp/base/key_hash.h"
#include "sp/number/number.h"
#include "sp/schema/property.h"
#include "sp/schema/words.h"

namespace sp {
namespace {

constexpr Property<Constraints> kConstraints[] = {
    {"required", [](const JsonNode& n, Constraints& c) { c.required = n.boolean(); }},
    {"unique", [](const JsonNode& n, Constraints& c) { c.unique = n.boolean(); }},
    {"minimum", [](const JsonNode& n, Constraints& c) { c.minimum = n.scalar(); }},
    {"maximum", [](const JsonNode& n, Constraints& c) { c.maximum = n.scalar(); }},
    {"exclusiveMinimum",
     [](const JsonNode& n, Constraints& c) { c.exclusive_minimum = n.scalar(); }},
    {"exclusiveMaximum",
     [](const JsonNode& n, Constraints& c) { c.exclusive_maximum = n.scalar(); }},
    {"minLength", [](const JsonNode& n, Constraints& c) { c.min_length = n.count(); }},
    {"maxLength", [](const JsonNode& n, Constraints& c) { c.max_length = n.count(); }},
    {"pattern", [](const JsonNode& n, Constraints& c) { c.pattern = n.string(); }},
    {"enum",
     [](const JsonNode& n, Constraints& c) {
       n.each_item([&](const JsonNode& item) { c.enumeration.push_back(item.json_or_scalar()); });
       if (c.enumeration.empty()) n.fail("must have at least one value");
     }},
    {"jsonSchema",
     [](const JsonNode& n, Constraints& c) {
       if (!n.value.is_object()) n.fail("must be an object: a JSON Schema");
       c.json_schema = simdjson::to_string(n.value);
     }},
};

void read_constraints(const JsonNode& node, Field& field) {
  read_object(node, kConstraints, Extras::kRefused, field.constraints);
}

// An item of a list that is a value, or {"value": ..., "label": ...} with a label for people.
Category labelled(const JsonNode& item) {
  if (!item.value.is_object()) return {item.scalar(), ""};
  const std::optional<JsonNode> value = item.find("value"), label = item.find("label");
  if (!value) item.fail("lacks 'value'");
  return {value->scalar(), label ? label->string() : ""};
}

void read_categories(const JsonNode& node, Field& field) {
  KeyNames values, labels;
  node.each_item([&](const JsonNode& item) {
    Category category = labelled(item);
    if (!values.insert(category.value).second) item.fail("has a value that is there twice");
    if (!category.label.empty() && !labels.insert(category.label).second) {
      item.fail("has a label that is there twice");
    }
    field.categories.push_back(std::move(category));
  });
  if (field.categories.empty()) node.fail("must have at least one value");
}

// {"temperature": "20 degC", "pressure": "1013.25 hPa"}
void read_conditions(const JsonNode& node, Field& field) {
  node.each_member([&](std::string_view name, const JsonNode& member) {
    if (name == "temperature") {
      field.gas.temperature = member.string();
    } else if (name == "pressure") {
      field.gas.pressure = member.string();
    } else {
      member.fail("is no condition that sp knows; they are temperature and pressure");
    }
  });
}

// Version 0 wrote patterns of times with "fmt:" before them.
void read_format(const JsonNode& node, Field& field) {
  field.format = node.string();
  if (field.format.starts_with("fmt:")) field.format.erase(0, 4);
}

constexpr Property<Field> kFieldProperties[] = {
    {"name", [](const JsonNode& n, Field& f) { f.name = n.name(); }},
    {"type", [](const JsonNode& n, Field& f) { f.type = one_of(n, kTypes); }},
    {"format", read_format},
    {"constraints", read_constraints},
    {"missingValues",
     [](const JsonNode& n, Field& f) { f.missing_values = read_missing_values(n); }},
    {"missingNumbers",
     [](const JsonNode& n, Field& f) { f.missing_numbers = read_missing_numbers(n); }},
    {"decimalChar", [](const JsonNode& n, Field& f) { f.decimal_char = n.string(); }},
    {"groupChar", [](const JsonNode& n, Field& f) { f.group_char = n.string(); }},
    {"bareNumber", [](const JsonNode& n, Field& f) { f.bare_number = n.boolean(); }},
    {"trueValues", [](const JsonNode& n, Field& f) { f.true_values = n.strings(); }},
    {"falseValues", [](const JsonNode& n, Field& f) { f.false_values = n.strings(); }},
    {"delimiter", [](const JsonNode& n, Field& f) { f.list_delimiter = n.string(); }},
    {"itemType", [](const JsonNode& n, Field& f) { f.item_type = one_of(n, kItemTypes); }},
    {"categories", read_categories},
    {"categoriesOrdered", [](const JsonNode& n, Field& f) { f.categories_ordered = n.boolean(); }},
    {"unit", [](const JsonNode& n, Field& f) { f.unit = n.string(); }},
    {"targetUnit", [](const JsonNode& n, Field& f) { f.target_unit = n.string(); }},
    {"standardName", [](const JsonNode& n, Field& f) { f.standard_name = n.string(); }},
    {"rename", [](const JsonNode& n, Field& f) { f.rename = n.name(); }},
    {"molarMass", [](const JsonNode& n, Field& f) { f.gas.molar_mass = n.string(); }},
    {"conditions", read_conditions},
    {"timezone", [](const JsonNode& n, Field& f) { f.timezone = n.string(); }},
    {"dst", [](const JsonNode& n, Field& f) { f.dst = one_of(n, kDst); }},
    {"hour24", [](const JsonNode& n, Field& f) { f.hour24 = n.boolean(); }},
    {"decimals",
     [](const JsonNode& n, Field& f) {
       if (n.count() > 17) n.fail("must be 0 to 17");
       f.decimals = static_cast<int>(n.count());
     }},
    {"role", [](const JsonNode& n, Field& f) { f.role = one_of(n, kRoles); }},
    {"onInvalid",
     [](const JsonNode& n, Field& f) { f.invalid_is_missing = one_of(n, kOnInvalid); }},
    {"keepValues",
     [](const JsonNode& n, Field& f) {
       f.keep_values = n.strings();
       if (f.keep_values.empty()) n.fail("must have at least one text");
     }},
    {"title", [](const JsonNode& n, Field& f) { f.title = n.string(); }},
    {"description", [](const JsonNode& n, Field& f) { f.description = n.string(); }},
    {"example", for_people<Field>},
    {"rdfType", for_people<Field>},
};

}  // namespace

void read_field(const JsonNode& node, Field& field) {
  read_object(node, kFieldProperties, Extras::kAllowed, field);
}

bool read_field_property(std::string_view name, const JsonNode& node, Field& field) {
  for (const Property<Field>& property : kFieldProperties) {
    if (name != property.name) continue;
    property.read(node, field);
    return true;
  }
  return false;
}

void read_field_property(std::string_view name, const JsonNode& node,
                         std::span<const std::string_view> names, Field& field) {
  if (std::find(names.begin(), names.end(), name) != names.end()) {
    read_field_property(name, node, field);
    return;
  }
  if (is_field_property(name)) node.fail("is no property of such a column");
  refuse_slip(node, name, names);
}

bool is_field_property(std::string_view name) { return has_property(kFieldProperties, name); }

bool is_constraint(std::string_view name) { return has_property(kConstraints, name); }

// The standard wants texts; numbers are what people mean who write numbers.
std::vector<std::string> read_missing_values(const JsonNode& node) {
  std::vector<std::string> result;
  node.each_item([&](const JsonNode& item) { result.push_back(labelled(item).value); });
  return result;
}

std::vector<std::string> read_missing_numbers(const JsonNode& node) {
  std::vector<std::string> result;
  node.each_item([&](const JsonNode& item) {
    double number = 0;
    result.push_back(item.scalar());
    if (!parse_double(result.back(), number)) item.fail("must be a number");
  });
  return result;
}

}  // namespace sp
