#include "field_check.h"

#include "sp/diagnostic.h"
#include "sp/dialect.h"

namespace sp {
namespace {

// What sp-validate writes is no more in the schema's dialect, but a file's name does not tell.
std::string dialect_hint(const Schema& schema, const std::string& file) {
  if (file == "-" || schema.dialect.empty()) return "";
  Dialect dialect;
  apply_dialect(schema.dialect, schema.file + ": /dialect", dialect);
  if (dialect.is_plain() && dialect.encoding.empty()) return "";
  return "; it was read in the schema's dialect: give what sp-validate wrote on standard input, "
         "< " +
         file;
}

}  // namespace

void check_fields(const Schema& schema, const Columns& columns, const std::string& file) {
  const FieldsMatch match = schema.fields_match;
  if (match == FieldsMatch::kSuperset || match == FieldsMatch::kPartial) return;
  for (const Field& field : schema.fields) {
    try {
      columns.require(field.name, file);
    } catch (const Error& error) {
      throw Error(error.code(), error.what() + dialect_hint(schema, file), error.where());
    }
  }
}

}  // namespace sp
