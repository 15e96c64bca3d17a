#include "sp-validate/schema_flags.h"

#include <algorithm>

#include "sp/base/diagnostic.h"
#include "sp/schema/check.h"
#include "sp/schema/load.h"
#include "sp/table/name_list.h"
#include "sp/value/rule.h"
#include "sp/value/value.h"

namespace sp {
namespace {

[[noreturn]] void refuse(const std::string& flag, const std::string& text, const std::string& why) {
  throw Error(ExitCode::kUsage, flag + " '" + text + "': " + why);
}

// The field of that name; a new one, of the type any, where the schema lacks it.
Field& field_named(Schema& schema, const std::string& name) {
  for (Field& field : schema.fields) {
    if (field.name == name) return field;
  }
  Field& field = schema.fields.emplace_back();
  field.name = name;
  return field;
}

void apply_require(Schema& schema, const std::string& text) {
  for (const std::string& name : parse_name_list(text, "--require")) {
    field_named(schema, name).constraints.required = true;
  }
}

void apply_type(Schema& schema, const std::string& text) {
  const auto [name, type] = parse_assignment(text, "--type");
  const std::optional<FieldType> found = find_type(type);
  if (!found) refuse("--type", text, "'" + type + "' is not a type");
  field_named(schema, name).type = *found;
}

bool is_ordered(FieldType type) {
  return type != FieldType::kString && type != FieldType::kBoolean && type != FieldType::kAny;
}

bool is_value(ValueReader& reader, const std::string& text) {
  Value value;
  return text.empty() || reader.read(text, CellKind::kText, value);
}

// MIN:MAX is cut at the colon that leaves two values: times have colons of their own.
std::pair<std::string, std::string> cut_range(const Field& field, const std::string& text,
                                              const std::string& range) {
  ValueReader reader(field);
  for (std::size_t colon = range.find(':'); colon != std::string::npos;
       colon = range.find(':', colon + 1)) {
    std::pair<std::string, std::string> bounds{range.substr(0, colon), range.substr(colon + 1)};
    if (range.size() > 1 && is_value(reader, bounds.first) && is_value(reader, bounds.second))
      return bounds;
  }
  refuse("--range", text,
         std::string("MIN:MAX is needed, each a ") + type_name(field.type) + " or left out");
}

void apply_range(Schema& schema, const std::string& text) {
  const auto [name, range] = parse_assignment(text, "--range");
  Field& field = field_named(schema, name);
  if (field.type == FieldType::kAny) field.type = FieldType::kNumber;
  if (!is_ordered(field.type))
    refuse("--range", text, std::string("the type ") + type_name(field.type) + " has no order");
  const auto [minimum, maximum] = cut_range(field, text, range);
  if (!minimum.empty()) field.constraints.minimum = minimum;
  if (!maximum.empty()) field.constraints.maximum = maximum;
  ValueReader reader(field);
  try {
    compile_rules(reader);
  } catch (const Error& error) {
    refuse("--range", text, error.what());
  }
}

}  // namespace

Schema requested_schema(const ValidateOptions& options) {
  Schema schema;
  if (options.stream.schema.empty()) {
    schema.fields_match = FieldsMatch::kSubset;  // other columns are nobody's business
  } else {
    schema = load_schema(options.stream.schema);
  }
  for (const std::string& text : options.require) apply_require(schema, text);
  for (const std::string& text : options.type) apply_type(schema, text);
  for (const std::string& text : options.range) apply_range(schema, text);
  try {
    check_schema(schema);
  } catch (const Error& error) {
    throw Error(ExitCode::kUsage,
                std::string("--type and the schema do not go together: ") + error.what());
  }
  return schema;
}

StreamOptions requested_stream(const ValidateOptions& options, const Schema& schema) {
  StreamOptions stream = options.stream;
  if (!stream.schema.empty()) {
    apply_schema_dialect(stream, schema, InputForm::kRaw);
    expect_members(stream, schema);
  }
  return stream;
}

}  // namespace sp
