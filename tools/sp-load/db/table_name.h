// Names of tables and columns as flags give them: reading, sp.reading, "we.ird"."na=me"; and what
// is after them: TABLE=INPUT, TABLE(key,attribute...).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sp::load {

struct TableName {
  std::string schema;  // empty where the text has none
  std::string name;    // as written, never folded to lower case
  std::string text() const { return schema.empty() ? name : schema + "." + name; }
  bool operator==(const TableName&) const = default;
};

// TABLE=INPUT. Throws Error(kUsage).
struct TableInput {
  TableName table;
  std::string input;
};
TableInput parse_table_input(std::string_view text);

// TABLE(key,attribute...): at least one attribute. Throws Error(kUsage).
struct DimensionSpec {
  TableName table;
  std::string key;
  std::vector<std::string> attributes;
};
DimensionSpec parse_dimension(std::string_view text);

}  // namespace sp::load
