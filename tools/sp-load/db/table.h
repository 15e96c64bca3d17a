// A table as the catalog has it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp-load/db/connection.h"
#include "sp-load/db/table_name.h"

namespace sp::load {

struct TableColumn {
  std::string name;
  Oid type = 0;
  std::string type_name;  // as SQL writes it, qualified where it must be:
                          // "character varying(20)"
  bool not_null = false;
  bool filled_by_itself = false;  // has a default or is an identity: need not come from the input
  bool generated = false;         // cannot come from the input
  bool is_string = false;         // of any type of strings: it can be empty and not NULL
};

struct Table {
  std::string schema, name;
  std::string quoted;  // "schema"."name"
  std::vector<TableColumn> columns;
  std::vector<std::string>
      primary_key;  // column names in the key's order; empty where there is none
  // The column by whose months sp.ensure_month makes partitions; set only for sp.reading.
  std::optional<std::string> month_column;

  const TableColumn* find(std::string_view column) const;
  std::string display() const { return schema + "." + name; }
};

// `name` without a schema is in `default_schema`. Throws Error(kConfig) where there is no such
// table.
Table describe_table(Connection& connection, const TableName& name,
                     const std::string& default_schema);

}  // namespace sp::load
