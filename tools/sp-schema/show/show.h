// sp-schema show: a schema in another form, for people, databases and other programs.
#pragma once

#include <span>
#include <string>

#include "sp-schema/options.h"
#include "sp/schema/schema.h"

namespace sp {

// A form that a schema can be turned into.
struct SchemaForm {
  const char* name;  // of --as
  const char* help;
  std::string (*write)(const Schema& schema);
};
std::span<const SchemaForm> schema_forms();

// CREATE TABLE for what sp-transform makes of the schema's rows: its names, units and standard
// forms. Throws Error(kConfig) for a name that PostgreSQL cannot hold.
std::string schema_to_ddl(const Schema& schema);
// JSON Schema 2020-12 for a line of NDJSON that sp-validate lets pass, before sp-transform.
std::string schema_to_json_schema(const Schema& schema);
// A page for people, with a table.
std::string schema_to_markdown(const Schema& schema);

// "bme280" of "/x/bme280.schema.json"; "data" where nothing is left.
std::string schema_stem(const Schema& schema);
// True where a regular expression means the same to sp-validate, PostgreSQL and JavaScript, or
// matches more in the latter: letters, sets, groups, bounds, \s and escaped punctuation.
bool is_portable_pattern(std::string_view pattern);
// Whether an empty cell is a missing one.
bool is_empty_missing(const Schema& schema, const Field& field);

// Prints the schema to standard output. Throws Error(kConfig) for one that no run would take.
void run_show(const ShowOptions& options);

}  // namespace sp
