#include "sp-transform/field_check.h"

#include "sp/base/diagnostic.h"
#include "sp/table/dialect.h"

namespace sp {
namespace {

// The file as it came, perhaps, and not what sp-validate made of it.
std::string dialect_hint(const Schema& schema) {
  if (schema.dialect.empty()) return "";
  Dialect dialect;
  apply_dialect(schema.dialect, schema.file + ": /dialect", dialect);
  if (dialect.is_plain() && dialect.encoding.empty()) return "";
  return "; what is in the schema's dialect goes through sp-validate first";
}

}  // namespace

void check_fields(const Schema& schema, const Columns& columns, const std::string& file) {
  const FieldsMatch match = schema.fields_match;
  if (match == FieldsMatch::kSuperset || match == FieldsMatch::kPartial) return;
  std::vector<std::string> names;
  for (const Field& field : schema.fields) names.push_back(field.name);
  try {
    columns.require_all(names, file);
  } catch (const Error& error) {
    throw Error(error.code(), error.what() + dialect_hint(schema), error.where());
  }
}

}  // namespace sp
