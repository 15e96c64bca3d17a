#include "sp/schema.h"

#include <simdjson.h>

#include <algorithm>
#include <memory>
#include <unordered_set>

#include "sp/diagnostic.h"
#include "sp/dialect.h"
#include "sp/json_fault.h"
#include "sp/number.h"
#include "sp/schema_check.h"
#include "sp/schema_derived.h"
#include "sp/schema_node.h"
#include "sp/schema_words.h"
#include "sp/sha256.h"
#include "sp/spelling.h"
#include "sp/whole_file.h"

namespace sp {
namespace {

using simdjson::dom::element;
using Node = SchemaNode;

constexpr std::size_t kMaxSchemaBytes = std::size_t{16} << 20;

template <class T, std::size_t N>
T one_of(const Node& node, const Word<T> (&words)[N]) {
  const std::string text = node.string();
  std::string all;
  for (const Word<T>& word : words) {
    if (text == word.text) return word.value;
    all += (all.empty() ? "" : ", ") + std::string(word.text);
  }
  node.fail("'" + text + "' is not supported; use one of " + all);
}

// A property and how it is read into T. The families of properties are tables of these.
template <class T>
struct Property {
  const char* name;
  void (*read)(const Node& node, T& target);
};

template <class T>
void for_people(const Node&, T&) {}

constexpr Property<Constraints> kConstraints[] = {
    {"required", [](const Node& n, Constraints& c) { c.required = n.boolean(); }},
    {"unique", [](const Node& n, Constraints& c) { c.unique = n.boolean(); }},
    {"minimum", [](const Node& n, Constraints& c) { c.minimum = n.scalar(); }},
    {"maximum", [](const Node& n, Constraints& c) { c.maximum = n.scalar(); }},
    {"exclusiveMinimum", [](const Node& n, Constraints& c) { c.exclusive_minimum = n.scalar(); }},
    {"exclusiveMaximum", [](const Node& n, Constraints& c) { c.exclusive_maximum = n.scalar(); }},
    {"minLength", [](const Node& n, Constraints& c) { c.min_length = n.count(); }},
    {"maxLength", [](const Node& n, Constraints& c) { c.max_length = n.count(); }},
    {"pattern", [](const Node& n, Constraints& c) { c.pattern = n.string(); }},
    {"enum",
     [](const Node& n, Constraints& c) {
       n.each_item([&](const Node& item) { c.enumeration.push_back(item.json_or_scalar()); });
       if (c.enumeration.empty()) n.fail("must have at least one value");
     }},
    {"jsonSchema",
     [](const Node& n, Constraints& c) {
       if (!n.value.is_object()) n.fail("must be an object: a JSON Schema");
       c.json_schema = simdjson::to_string(n.value);
     }},
};

std::vector<std::string> missing_values(const Node& node);
std::vector<std::string> missing_numbers(const Node& node);
void read_constraints(const Node& node, Field& field);
void read_categories(const Node& node, Field& field);

// Version 0 wrote patterns of times with "fmt:" before them.
void read_format(const Node& node, Field& field) {
  field.format = node.string();
  if (field.format.starts_with("fmt:")) field.format.erase(0, 4);
}

constexpr Property<Field> kFieldProperties[] = {
    {"name", [](const Node& n, Field& f) { f.name = n.string(); }},
    {"type", [](const Node& n, Field& f) { f.type = one_of(n, kTypes); }},
    {"format", read_format},
    {"constraints", read_constraints},
    {"missingValues", [](const Node& n, Field& f) { f.missing_values = missing_values(n); }},
    {"missingNumbers", [](const Node& n, Field& f) { f.missing_numbers = missing_numbers(n); }},
    {"decimalChar", [](const Node& n, Field& f) { f.decimal_char = n.string(); }},
    {"groupChar", [](const Node& n, Field& f) { f.group_char = n.string(); }},
    {"bareNumber", [](const Node& n, Field& f) { f.bare_number = n.boolean(); }},
    {"trueValues", [](const Node& n, Field& f) { f.true_values = n.strings(); }},
    {"falseValues", [](const Node& n, Field& f) { f.false_values = n.strings(); }},
    {"delimiter", [](const Node& n, Field& f) { f.list_delimiter = n.string(); }},
    {"itemType", [](const Node& n, Field& f) { f.item_type = one_of(n, kItemTypes); }},
    {"categories", read_categories},
    {"categoriesOrdered", [](const Node& n, Field& f) { f.categories_ordered = n.boolean(); }},
    {"unit", [](const Node& n, Field& f) { f.unit = n.string(); }},
    {"targetUnit", [](const Node& n, Field& f) { f.target_unit = n.string(); }},
    {"standardName", [](const Node& n, Field& f) { f.standard_name = n.string(); }},
    {"rename", [](const Node& n, Field& f) { f.rename = n.string(); }},
    {"molarMass", [](const Node& n, Field& f) { f.gas.molar_mass = n.string(); }},
    {"conditions", read_conditions},
    {"timezone", [](const Node& n, Field& f) { f.timezone = n.string(); }},
    {"dst", [](const Node& n, Field& f) { f.dst = one_of(n, kDst); }},
    {"hour24", [](const Node& n, Field& f) { f.hour24 = n.boolean(); }},
    {"decimals",
     [](const Node& n, Field& f) {
       if (n.count() > 17) n.fail("must be 0 to 17");
       f.decimals = static_cast<int>(n.count());
     }},
    {"role", [](const Node& n, Field& f) { f.role = one_of(n, kRoles); }},
    {"title", [](const Node& n, Field& f) { f.title = n.string(); }},
    {"description", [](const Node& n, Field& f) { f.description = n.string(); }},
    {"example", for_people<Field>},
    {"rdfType", for_people<Field>},
};

void read_fields(const Node& node, Schema& schema);
void read_primary_key(const Node& node, Schema& schema);
void read_unique_keys(const Node& node, Schema& schema);
void read_foreign_keys(const Node& node, Schema& schema);
void read_dialect(const Node& node, Schema& schema);
void read_fields_match(const Node& node, Schema& schema);
void read_constants(const Node& node, Schema& schema);

constexpr Property<Schema> kSchemaProperties[] = {
    {"fields", read_fields},
    {"missingValues", [](const Node& n, Schema& s) { s.missing_values = missing_values(n); }},
    {"missingNumbers", [](const Node& n, Schema& s) { s.missing_numbers = missing_numbers(n); }},
    {"primaryKey", read_primary_key},
    {"fieldsMatch", read_fields_match},
    {"constants", read_constants},
    {"derived", read_derived},
    {"fromName", [](const Node& n, Schema& s) { s.from_name = n.string(); }},
    {"$schema", for_people<Schema>},
    {"name", for_people<Schema>},
    {"title", [](const Node& n, Schema& s) { s.title = n.string(); }},
    {"description", [](const Node& n, Schema& s) { s.description = n.string(); }},
    {"uniqueKeys", read_unique_keys},
    {"foreignKeys", read_foreign_keys},
    {"dialect", read_dialect},
};

enum class Extras { kAllowed, kRefused };

// Reads the members of an object by a table. The standard lets anybody add properties, so a name
// that is not in the table is passed over where `extras` allows it, unless it looks like a slip of
// the pen.
template <class T, std::size_t N>
void read_object(const Node& node, const Property<T> (&table)[N], Extras extras, T& target) {
  std::unordered_set<std::string_view> seen;
  node.each_member([&](std::string_view key, const Node& member) {
    if (!seen.insert(key).second) member.fail("is there twice");
    for (const Property<T>& property : table) {
      if (key == property.name) return property.read(member, target);
    }
    for (const Property<T>& property : table) {
      if (!looks_like(key, property.name)) continue;
      member.fail("is not a property that sp knows; did you mean '" + std::string(property.name) +
                  "'?");
    }
    if (extras == Extras::kRefused) member.fail("is not a constraint that sp knows");
  });
}

// An item of a list that is a value, or {"value": ..., "label": ...} with a label for people.
Category labelled(const Node& item) {
  if (!item.value.is_object()) return {item.scalar(), ""};
  const std::optional<Node> value = item.find("value"), label = item.find("label");
  if (!value) item.fail("lacks 'value'");
  return {value->scalar(), label ? label->string() : ""};
}

// The standard wants texts; numbers are what people mean who write numbers.
std::vector<std::string> missing_values(const Node& node) {
  std::vector<std::string> result;
  node.each_item([&](const Node& item) { result.push_back(labelled(item).value); });
  return result;
}

std::vector<std::string> missing_numbers(const Node& node) {
  std::vector<std::string> result;
  node.each_item([&](const Node& item) {
    double number = 0;
    result.push_back(item.scalar());
    if (!parse_double(result.back(), number)) item.fail("must be a number");
  });
  return result;
}

void read_categories(const Node& node, Field& field) {
  std::unordered_set<std::string> values, labels;
  node.each_item([&](const Node& item) {
    Category category = labelled(item);
    if (!values.insert(category.value).second) item.fail("has a value that is there twice");
    if (!category.label.empty() && !labels.insert(category.label).second) {
      item.fail("has a label that is there twice");
    }
    field.categories.push_back(std::move(category));
  });
  if (field.categories.empty()) node.fail("must have at least one value");
}

void read_constraints(const Node& node, Field& field) {
  read_object(node, kConstraints, Extras::kRefused, field.constraints);
}

void read_fields(const Node& node, Schema& schema) {
  node.each_item([&](const Node& item) {
    if (!item.find("name")) item.fail("must be an object that has a 'name'");
    Field field;
    read_object(item, kFieldProperties, Extras::kAllowed, field);
    schema.fields.push_back(std::move(field));
  });
}

// Version 1 permits a name for a list of one.
std::vector<std::string> name_list(const Node& node) {
  return node.value.is_string() ? std::vector<std::string>{node.string()} : node.strings();
}

void read_primary_key(const Node& node, Schema& schema) { schema.primary_key = name_list(node); }

void read_unique_keys(const Node& node, Schema& schema) {
  node.each_item([&](const Node& item) { schema.unique_keys.push_back(name_list(item)); });
  if (schema.unique_keys.empty()) node.fail("must have at least one key");
}

// Only what the file itself can answer. Version 1 wrote an empty resource for it.
void read_foreign_keys(const Node& node, Schema& schema) {
  node.each_item([&](const Node& item) {
    const std::optional<Node> fields = item.find("fields"), reference = item.find("reference");
    if (!fields) item.fail("lacks 'fields'");
    if (!reference) item.fail("lacks 'reference'");
    const std::optional<Node> resource = reference->find("resource");
    if (resource && !resource->string().empty()) {
      resource->fail("refers to '" + resource->string() +
                     "', another file, which sp does not see; a foreign key in the database can "
                     "check it");
    }
    const std::optional<Node> referenced = reference->find("fields");
    if (!referenced) reference->fail("lacks 'fields'");
    schema.foreign_keys.push_back({name_list(*fields), name_list(*referenced)});
    const ForeignKey& key = schema.foreign_keys.back();
    if (key.fields.empty() || key.fields.size() != key.reference_fields.size()) {
      referenced->fail("must have as many names as the key's 'fields', at least one");
    }
  });
}

// Read once here, so that what is wrong with it is known before any input is opened.
void read_dialect(const Node& node, Schema& schema) {
  if (!node.value.is_object()) {
    node.fail("must be an object: a Table Dialect; one in a file of its own is for --dialect");
  }
  schema.dialect = simdjson::to_string(node.value);
  Dialect dialect;
  apply_dialect(schema.dialect, node.file + ": " + node.pointer, dialect);
}

// The standard's text has a string, its JSON schema an array of one.
void read_fields_match(const Node& node, Schema& schema) {
  if (!node.value.is_array()) {
    schema.fields_match = one_of(node, kFieldsMatch);
    return;
  }
  std::size_t count = 0;
  node.each_item([&](const Node& item) {
    schema.fields_match = one_of(item, kFieldsMatch);
    if (++count > 1) node.fail("must have one value");
  });
}

void read_constants(const Node& node, Schema& schema) {
  node.each_member([&](std::string_view name, const Node& value) {
    schema.constants.push_back({std::string(name), value.scalar()});
  });
}

}  // namespace

std::optional<TimeKind> time_kind(FieldType type) {
  switch (type) {
    case FieldType::kDate:
      return TimeKind::kDate;
    case FieldType::kTime:
      return TimeKind::kTime;
    case FieldType::kDatetime:
      return TimeKind::kDatetime;
    default:
      return std::nullopt;
  }
}

const Field* Schema::find(std::string_view name) const {
  const auto i = places_.find(name, fields.size(), [this](std::size_t at) -> const std::string& {
    return fields[at].name;
  });
  return i ? &fields[*i] : nullptr;
}

const Field* Schema::find_source(std::string_view name) const {
  const Field* field = find(name);
  if (field || name.empty()) return field;
  const auto i = renames_.find(name, fields.size(), [this](std::size_t at) -> const std::string& {
    return fields[at].rename;
  });
  return i ? &fields[*i] : nullptr;
}

Schema load_schema(const std::string& path) {
  std::optional<std::string> text;
  try {
    text = read_file(path, kMaxSchemaBytes);
    if (!text) throw Error(ExitCode::kConfig, "is longer than 16 MiB: not a schema");
  } catch (const Error& error) {
    throw Error(ExitCode::kConfig, std::string("cannot read the schema: ") + error.what(),
                {path, 0, 0, ""});
  }
  return parse_schema(*text, path);
}

Schema parse_schema(std::string_view json, const std::string& file) {
  simdjson::dom::parser parser;
  element root;
  const simdjson::padded_string padded(json);
  if (const auto error = parser.parse(padded).get(root)) {
    std::uint64_t line = 0;
    const std::string fault = explain_json_fault(json, simdjson::error_message(error), line);
    throw Error(ExitCode::kConfig, "the schema is not JSON: " + fault, {file, 0, line, ""});
  }
  Schema schema;
  schema.file = file;
  schema.sha256 = sha256_hex(json);
  const Node node{root, "", file};
  read_object(node, kSchemaProperties, Extras::kAllowed, schema);
  if (schema.fields.empty()) node.fail("a schema must have 'fields', at least one");
  check_schema(schema);
  check_derived(schema);
  return schema;
}

bool read_field_property(std::string_view name, const SchemaNode& node, Field& field) {
  for (const Property<Field>& property : kFieldProperties) {
    if (name != property.name) continue;
    property.read(node, field);
    return true;
  }
  return false;
}

}  // namespace sp
