#include "sp-schema/show/show.h"

#include <algorithm>
#include <cctype>

#include "sp-schema/show/explain.h"
#include "sp-schema/show/facts.h"
#include "sp/base/diagnostic.h"
#include "sp/io/byte_sink.h"
#include "sp/schema/load.h"
#include "sp/value/rule.h"
#include "sp/value/value.h"

namespace sp {
namespace {

constexpr SchemaForm kForms[] = {
    {"table", "for a person to check", explain_schema},
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

void run_show(const ShowOptions& options) {
  const Schema schema = load_schema(options.schema);
  check_rules(schema);
  const auto form = std::find_if(std::begin(kForms), std::end(kForms),
                                 [&](const SchemaForm& f) { return f.name == options.form; });
  const auto sink = open_sink("-");
  sink->append(form->write(schema));
  sink->close();
}

}  // namespace sp
