#include "schema_to.h"

#include <algorithm>
#include <cctype>

#include "explain.h"
#include "schema_flags.h"
#include "schema_table.h"
#include "sp/base/diagnostic.h"
#include "sp/io/byte_sink.h"
#include "sp/value/rule.h"
#include "sp/value/value.h"

namespace sp {
namespace {

constexpr SchemaForm kForms[] = {
    {"ddl", "a PostgreSQL table", schema_to_ddl},
    {"jsonschema", "a JSON Schema for NDJSON", schema_to_json_schema},
    {"markdown", "documentation", schema_to_markdown},
};

// What may follow a backslash. XML Schema's \d and \w are of all scripts, others' often of ASCII.
bool is_portable_escape(char c) {
  return c == 's' || (std::ispunct(static_cast<unsigned char>(c)) != 0 && c != '<' && c != '>');
}

void check_rules(const Schema& schema) {
  for (const Field& field : schema.fields) {
    ValueReader reader(field);
    try {
      compile_rules(reader);
    } catch (const Error& error) {
      throw Error(ExitCode::kConfig, "the field " + shown(field.name) + ": " + error.what(),
                  {schema.file, 0, 0, ""});
    }
  }
}

}  // namespace

std::span<const SchemaForm> schema_forms() { return kForms; }

std::string schema_stem(const Schema& schema) {
  std::string name = schema.file.substr(schema.file.find_last_of('/') + 1);
  name.resize(std::min(name.size(), name.find('.')));
  return name.empty() || name == "-" ? "data" : name;
}

bool is_portable_pattern(std::string_view pattern) {
  // Classes with names, and what one reads as a set's end and another as its first character.
  static constexpr std::string_view kReadApart[] = {"[:",  "[.", "[=", "[]",
                                                    "[^]", "-[", "&&", "***"};
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view rest = pattern.substr(i);
    if (rest[0] == '\\') {
      if (rest.size() < 2 || !is_portable_escape(rest[1])) return false;
      ++i;
    } else if (rest.starts_with("(?")) {
      if (!rest.starts_with("(?:")) return false;
      i += 2;
    } else if (static_cast<unsigned char>(rest[0]) < ' ' ||
               std::any_of(std::begin(kReadApart), std::end(kReadApart),
                           [&](std::string_view text) { return rest.starts_with(text); })) {
      return false;
    }
  }
  return true;
}

bool is_empty_missing(const Schema& schema, const Field& field) {
  const auto& texts = field.missing_values ? *field.missing_values : schema.missing_values;
  return std::find(texts.begin(), texts.end(), "") != texts.end();
}

bool shows_schema(const ValidateOptions& options) {
  return options.explain || !options.schema_to.empty();
}

void show_schema(const ValidateOptions& options) {
  const char* const flag = options.explain ? "--explain" : "--schema-to";
  if (!options.stream.files.empty()) {
    throw Error(ExitCode::kUsage, std::string(flag) + " reads no input: it shows a schema");
  }
  const Schema schema = requested_schema(options);
  if (schema.fields.empty()) {
    throw Error(ExitCode::kUsage,
                std::string(flag) + " needs a schema: give one with --schema FILE");
  }
  check_rules(schema);
  const StreamOptions stream = requested_stream(options, schema);
  std::string text;
  if (options.explain) {
    text = explain_schema(schema, stream);
  } else {
    const auto form = std::find_if(std::begin(kForms), std::end(kForms), [&](const SchemaForm& f) {
      return f.name == options.schema_to;
    });
    text = form->write(schema, stream);
  }
  const auto sink = open_sink("-");
  sink->append(text);
  sink->close();
}

}  // namespace sp
