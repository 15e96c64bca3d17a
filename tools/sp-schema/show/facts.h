// What a schema means, in the words and order that a person checks it in: a table with a row for
// each field, and what holds for the file as a whole. The forms table and markdown
// show it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sp-schema/show/shown.h"
#include "sp/schema/schema.h"

namespace sp {

struct SchemaTable {
  std::vector<std::string> heading;
  std::vector<std::vector<std::string>> rows;  // a row a field, as many cells as the heading has
  // A column, unless nobody has anything for it.
  void add(const char* title, std::vector<std::string> cells);
};

enum class TableWidth { kTerminal, kPage };  // a page has room for titles and descriptions

// Columns that no field has anything for are left out. Throws Error(kConfig) for a constraint that
// makes no sense.
SchemaTable schema_table(const Schema& schema, TableWidth width);

// What sp-transform makes of it: a row a column, in its order.
SchemaTable transformed_table(const Schema& schema);

// Missing values, keys, how names are matched, dialect, added columns: (name, value).
std::vector<std::pair<std::string, std::string>> schema_facts(const Schema& schema);

// "datetime(date: day, time: clock)"
std::string formula_of(const Derived& derived);

}  // namespace sp
