// The columns that a file of a schema has after sp-transform, for tools that read or describe
// them.
#pragma once

#include <string>
#include <vector>

#include "sp/schema/schema.h"

namespace sp {

enum class ColumnOrigin { kField, kDerived, kConstant, kFileName, kSpread, kMelt };

struct SchemaColumn {
  ColumnOrigin origin = ColumnOrigin::kField;
  // As the column is then: its name is the new one, `unit` that of its values, and nothing is left
  // to rename or to convert. Constraints, missing values and how a value is written are those of
  // the file, before sp-transform. Of constants and parts of a file's name it is a string, whose
  // role is its name where that is key, or a role that one column alone can have.
  Field field;
  // Its place among the schema's fields, derived columns or constants; among the groups of
  // fromName, the fields of spread; 0 to 2 for melt's names, values and units.
  std::size_t index = 0;
};

// In the order in which sp-transform writes them without flags: fields that are not ignored in the
// schema's order, derived columns, constants, parts of the file's name, what spread or melt makes
// of others of these. A file whose columns stand in another order keeps its own.
std::vector<SchemaColumn> transformed_columns(const Schema& schema);
// Those of which spread or melt makes others: what a row of the file has.
std::vector<SchemaColumn> file_columns(const Schema& schema);

// The names of a pattern's groups, "(?P<name>…)", in their order.
std::vector<std::string> group_names(const std::string& pattern);

}  // namespace sp
