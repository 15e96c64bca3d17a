#include "sp/schema/load.h"

#include <simdjson.h>

#include <optional>

#include "sp/base/diagnostic.h"
#include "sp/base/nfc.h"
#include "sp/io/sha256.h"
#include "sp/io/whole_file.h"
#include "sp/json/json_fault.h"
#include "sp/json/json_node.h"
#include "sp/schema/check.h"
#include "sp/schema/derived.h"
#include "sp/schema/field.h"
#include "sp/schema/misplaced.h"
#include "sp/schema/property.h"
#include "sp/schema/reshape.h"
#include "sp/table/dialect.h"

namespace sp {
namespace {

constexpr std::size_t kMaxSchemaBytes = std::size_t{16} << 20;

void read_fields(const JsonNode& node, Schema& schema) {
  node.each_item([&](const JsonNode& item) {
    if (!item.find("name")) item.fail("must be an object that has a 'name'");
    Field field;
    read_field(item, field);
    schema.fields.push_back(std::move(field));
  });
}

// Version 1 permits a name for a list of one.
std::vector<std::string> name_list(const JsonNode& node) {
  return node.value.is_string() ? std::vector<std::string>{node.name()} : node.names();
}

void read_primary_key(const JsonNode& node, Schema& schema) {
  schema.primary_key = name_list(node);
}

void read_unique_keys(const JsonNode& node, Schema& schema) {
  node.each_item([&](const JsonNode& item) { schema.unique_keys.push_back(name_list(item)); });
  if (schema.unique_keys.empty()) node.fail("must have at least one key");
}

// Only what the file itself can answer. Version 1 wrote an empty resource for it.
void read_foreign_keys(const JsonNode& node, Schema& schema) {
  node.each_item([&](const JsonNode& item) {
    const std::optional<JsonNode> fields = item.find("fields"), reference = item.find("reference");
    if (!fields) item.fail("lacks 'fields'");
    if (!reference) item.fail("lacks 'reference'");
    const std::optional<JsonNode> resource = reference->find("resource");
    if (resource && !resource->string().empty()) {
      resource->fail("refers to '" + resource->string() +
                     "', another file, which sp does not see; a foreign key in the database can "
                     "check it");
    }
    const std::optional<JsonNode> referenced = reference->find("fields");
    if (!referenced) reference->fail("lacks 'fields'");
    schema.foreign_keys.push_back({name_list(*fields), name_list(*referenced)});
    const ForeignKey& key = schema.foreign_keys.back();
    if (key.fields.empty() || key.fields.size() != key.reference_fields.size()) {
      referenced->fail("must have as many names as the key's 'fields', at least one");
    }
  });
}

// Read once here, so that what is wrong with it is known before any input is opened.
void read_dialect(const JsonNode& node, Schema& schema) {
  if (!node.value.is_object()) {
    node.fail("must be an object: a Table Dialect; one in a file of its own is for --dialect");
  }
  schema.dialect = simdjson::to_string(node.value);
  Dialect dialect;
  apply_dialect(schema.dialect, node.file + ": " + node.pointer, dialect);
}

// The standard's text has a string, its JSON schema an array of one.
void read_fields_match(const JsonNode& node, Schema& schema) {
  if (!node.value.is_array()) {
    schema.fields_match = one_of(node, kFieldsMatch);
    return;
  }
  std::size_t count = 0;
  node.each_item([&](const JsonNode& item) {
    schema.fields_match = one_of(item, kFieldsMatch);
    if (++count > 1) node.fail("must have one value");
  });
}

void read_constants(const JsonNode& node, Schema& schema) {
  node.each_member([&](std::string_view name, const JsonNode& value) {
    schema.constants.push_back({nfc(name), value.scalar()});
  });
}

constexpr Property<Schema> kSchemaProperties[] = {
    {"fields", read_fields},
    {"missingValues",
     [](const JsonNode& n, Schema& s) { s.missing_values = read_missing_values(n); }},
    {"missingNumbers",
     [](const JsonNode& n, Schema& s) { s.missing_numbers = read_missing_numbers(n); }},
    {"primaryKey", read_primary_key},
    {"fieldsMatch", read_fields_match},
    {"constants", read_constants},
    {"derived", read_derived},
    {"spread", read_spread},
    {"melt", read_melt},
    {"fromName", [](const JsonNode& n, Schema& s) { s.from_name = n.string(); }},
    {"$schema", for_people<Schema>},
    {"name", for_people<Schema>},
    {"title", [](const JsonNode& n, Schema& s) { s.title = n.string(); }},
    {"description", [](const JsonNode& n, Schema& s) { s.description = n.string(); }},
    {"uniqueKeys", read_unique_keys},
    {"foreignKeys", read_foreign_keys},
    {"dialect", read_dialect},
};

}  // namespace

bool is_schema_property(std::string_view name) { return has_property(kSchemaProperties, name); }

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
  simdjson::dom::element root;
  const simdjson::padded_string padded(json);
  if (const auto error = parser.parse(padded).get(root)) {
    std::uint64_t line = 0;
    const std::string fault = explain_json_fault(json, simdjson::error_message(error), line);
    throw Error(ExitCode::kConfig, "the schema is not JSON: " + fault, {file, 0, line, ""});
  }
  Schema schema;
  schema.file = file;
  schema.sha256 = sha256_hex(json);
  const JsonNode node{root, "", file};
  refuse_misplaced(node);
  read_object(node, kSchemaProperties, Extras::kAllowed, schema);
  if (schema.fields.empty()) node.fail("a schema must have 'fields', at least one");
  check_schema(schema);
  check_derived(schema);
  check_reshape(schema);
  check_columns_after(schema);
  return schema;
}

}  // namespace sp
