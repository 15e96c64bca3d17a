#include "sp-schema/show/facts.h"
#include "sp/schema/columns_after.h"

namespace sp {
namespace {

// By its place in melt.
constexpr const char* kMelted[] = {"the names of ", "the values of ", "the units of "};

std::string origin_of(const Schema& schema, const SchemaColumn& column) {
  switch (column.origin) {
    case ColumnOrigin::kField:
      return shown(schema.fields[column.index].name);
    case ColumnOrigin::kDerived:
      return formula_of(schema.derived[column.index]);
    case ColumnOrigin::kConstant:
      return "always " + shown(schema.constants[column.index].value);
    case ColumnOrigin::kFileName:
      return "the file's name";
    case ColumnOrigin::kSpread:
      return shown(schema.spread->values) + " where " + shown(schema.spread->names) + " is " +
             shown(schema.spread->fields[column.index].field.name);
    case ColumnOrigin::kMelt:
      return std::string(kMelted[column.index]) + shown_list(schema.melt->fields);
  }
  return "";
}

struct TransformedCell {
  const char* heading;
  std::string (*text)(const Schema&, const SchemaColumn&);
};
constexpr TransformedCell kTransformedCells[] = {
    {"column", [](const Schema&, const SchemaColumn& c) { return shown(c.field.name); }},
    {"type",
     [](const Schema&, const SchemaColumn& c) { return std::string(type_name(c.field.type)); }},
    {"unit", [](const Schema&,
                const SchemaColumn& c) { return c.field.unit.empty() ? "" : shown(c.field.unit); }},
    {"quantity", [](const Schema&, const SchemaColumn& c) { return c.field.standard_name; }},
    {"role",
     [](const Schema&, const SchemaColumn& c) { return std::string(role_name(c.field.role)); }},
    {"from", origin_of},
    {"title", [](const Schema&, const SchemaColumn& c) { return c.field.title; }},
    {"description", [](const Schema&, const SchemaColumn& c) { return c.field.description; }},
};

}  // namespace

SchemaTable transformed_table(const Schema& schema) {
  const std::vector<SchemaColumn> columns = transformed_columns(schema);
  SchemaTable table;
  table.rows.resize(columns.size());
  for (const TransformedCell& cell : kTransformedCells) {
    std::vector<std::string> cells;
    cells.reserve(columns.size());
    for (const SchemaColumn& column : columns) cells.push_back(cell.text(schema, column));
    table.add(cell.heading, std::move(cells));
  }
  return table;
}

}  // namespace sp
