#include "sp-schema/show/facts.h"

#include <algorithm>

#include "sp/schema/columns_after.h"
#include "sp/table/dialect.h"
#include "sp/value/rule.h"
#include "sp/value/value.h"

namespace sp {
namespace {

void add(std::string& list, const std::string& text) { list += (list.empty() ? "" : ", ") + text; }

std::string name_of(const Schema&, const Field& field) { return shown(field.name); }

// Whether a property says something other than what holds without it.
template <class T>
bool is_told(const T& value, T Field::*member) {
  static const Field kSilent;
  return value != kSilent.*member;
}

std::string type_of(const Schema&, const Field& field) {
  std::string text = type_name(field.type);
  if (field.format != "default") text += " " + shown(field.format);
  if (field.type == FieldType::kList) {
    text += std::string(" of ") + type_name(field.item_type) + " with " +
            shown(field.list_delimiter) + " between";
  }
  if (is_told(field.decimal_char, &Field::decimal_char))
    add(text, "decimal sign " + shown(field.decimal_char));
  if (!field.group_char.empty()) add(text, "groups by " + shown(field.group_char));
  if (!field.bare_number) add(text, "text around the number");
  if (field.hour24) add(text, "24:00 ends its day");
  if (is_told(field.true_values, &Field::true_values))
    add(text, "true: " + shown_list(field.true_values));
  if (is_told(field.false_values, &Field::false_values))
    add(text, "false: " + shown_list(field.false_values));
  return text;
}

std::string zone_of(const Schema&, const Field& field) {
  if (field.type != FieldType::kDatetime) return "";
  static constexpr const char* kDst[] = {"", ", earlier", ", later"};
  return shown(field.timezone) + kDst[static_cast<std::size_t>(field.dst)];
}

void add_gas(std::string& text, const Gas& gas) {
  if (!gas.molar_mass.empty()) add(text, gas.molar_mass);
  if (!gas.temperature.empty()) add(text, "at " + gas.temperature);
  if (!gas.pressure.empty()) add(text, gas.pressure);
}

std::string unit_of(const Schema&, const Field& field) {
  std::string text = field.unit.empty() ? "" : shown(field.unit);
  if (!field.target_unit.empty()) text += " -> " + shown(field.target_unit);
  add_gas(text, field.gas);
  if (field.decimals)
    add(text, std::to_string(*field.decimals) + (*field.decimals == 1 ? " decimal" : " decimals"));
  return text;
}

std::string quantity_of(const Schema&, const Field& field) { return field.standard_name; }

std::string constraints_of(const Schema&, const Field& field) {
  std::string text;
  if (field.constraints.required) add(text, "required");
  if (field.constraints.unique) add(text, "unique");
  ValueReader reader(field);
  for (const Rule& rule : compile_rules(reader)) {
    const std::string_view name = rule.type->name;
    if (name == "categories" || name == kTargetUnit) continue;  // have columns of their own
    const bool is_list = rule.allowed != nullptr;
    add(text, std::string(name) + " " +
                  (is_list ? shown_list(field.constraints.enumeration) : shown(rule.text)));
  }
  if (!field.keep_values.empty()) add(text, "rows of " + shown_list(field.keep_values) + " only");
  return text;
}

std::string missing_text(const std::vector<std::string>& texts,
                         const std::vector<std::string>& numbers) {
  std::string text = shown_list(texts);
  for (const std::string& number : numbers) add(text, number + " in any spelling");
  return text.empty() ? "none" : text;
}

std::string missing_of(const Schema& schema, const Field& field) {
  std::string text;
  if (field.missing_values || field.missing_numbers) {
    text = missing_text(field.missing_values.value_or(schema.missing_values),
                        field.missing_numbers.value_or(schema.missing_numbers));
  }
  if (field.invalid_is_missing) add(text, "what is not valid");
  return text;
}

std::string categories_of(const Schema&, const Field& field) {
  std::string text;
  for (const Category& category : field.categories) {
    const std::string label = category.label.empty() ? "" : " = " + shown(category.label);
    add(text, shown(category.value) + label);
  }
  return text;
}

std::string role_of(const Schema&, const Field& field) { return role_name(field.role); }

std::string target_of(const Schema&, const Field& field) {
  if (field.role == Role::kIgnore) return "(dropped)";
  return field.rename.empty() ? "" : shown(field.rename);
}

std::string title_of(const Schema&, const Field& field) { return field.title; }

std::string description_of(const Schema&, const Field& field) { return field.description; }

struct TableColumn {
  const char* heading;
  std::string (*text)(const Schema&, const Field&);
  bool is_for_pages = false;  // and would be too wide for a terminal
};
constexpr TableColumn kTableColumns[] = {
    {"field", name_of},
    {"type", type_of},
    {"zone", zone_of},
    {"unit", unit_of},
    {"quantity", quantity_of},
    {"constraints", constraints_of},
    {"categories", categories_of},
    {"missing", missing_of},
    {"role", role_of},
    {"becomes", target_of},
    {"title", title_of, true},
    {"description", description_of, true},
};

std::string missing_fact(const Schema& schema) {
  return missing_text(schema.missing_values, schema.missing_numbers);
}

std::string key_fact(const Schema& schema) {
  return schema.primary_key.empty() ? "" : shown_list(schema.primary_key);
}

std::string unique_fact(const Schema& schema) {
  std::string text;
  for (const std::vector<std::string>& key : schema.unique_keys)
    text += (text.empty() ? "" : "; ") + shown_list(key);
  return text;
}

std::string foreign_fact(const Schema& schema) {
  std::string text;
  for (const ForeignKey& key : schema.foreign_keys) {
    text += (text.empty() ? "" : "; ") + shown_list(key.fields) + " among " +
            shown_list(key.reference_fields) + " of the same file";
  }
  return text;
}

std::string match_fact(const Schema& schema) {
  static constexpr const char* kMatches[] = {
      "exactly these fields, in this order", "exactly these fields, in any order",
      "at least these fields", "at most these fields", "at least one of these fields"};
  return kMatches[static_cast<std::size_t>(schema.fields_match)];
}

std::string rows_text(const std::vector<std::uint64_t>& rows) {
  std::string text;
  for (const std::uint64_t row : rows) add(text, std::to_string(row));
  return text;
}

std::string header_text(const Dialect& dialect) {
  if (!dialect.header) return "no header: names by position";
  if (dialect.header_rows == std::vector<std::uint64_t>{1}) return "";
  return "header in rows " + rows_text(dialect.header_rows) + " joined by " +
         shown(dialect.header_join);
}

std::string dialect_fact(const Schema& schema) {
  Dialect dialect;
  if (!schema.dialect.empty()) apply_dialect(schema.dialect, schema.file + ": /dialect", dialect);
  const auto byte = [](char c) { return shown(std::string_view(&c, 1)); };
  std::string text;
  if (dialect.delimiter) add(text, "delimiter " + byte(*dialect.delimiter));
  if (!dialect.quote) add(text, "no quotes");
  if (dialect.quote && *dialect.quote != '"') add(text, "quote " + byte(*dialect.quote));
  if (!dialect.double_quote) add(text, "quotes are not doubled");
  if (dialect.escape) add(text, "escape " + byte(*dialect.escape));
  if (dialect.line_terminator != '\n') add(text, "rows end with " + byte(dialect.line_terminator));
  if (dialect.skip_initial_space) add(text, "blanks after a delimiter are skipped");
  if (dialect.skip_trailing_space) add(text, "blanks before a delimiter are skipped");
  if (dialect.returns_are_text) add(text, "only LF ends rows");
  if (!dialect.null_sequence.empty()) add(text, shown(dialect.null_sequence) + " is missing");
  if (dialect.skip_lines > 0) add(text, std::to_string(dialect.skip_lines) + " lines skipped");
  if (dialect.flatten) add(text, "members of nested objects are columns");
  if (dialect.row_names) add(text, std::string("the first column is ") + kRowNames);
  if (dialect.ignore_trailing_empty) add(text, "empty cells after the last name are none");
  if (const std::string header = header_text(dialect); !header.empty()) add(text, header);
  if (!dialect.comment_rows.empty())
    add(text, "comments in rows " + rows_text(dialect.comment_rows));
  if (!dialect.comment.empty()) add(text, "comments begin with " + shown(dialect.comment));
  if (!dialect.encoding.empty()) add(text, "encoding " + shown(dialect.encoding));
  return text.empty() ? "as the format says" : text;
}

std::string constants_fact(const Schema& schema) {
  std::string text;
  for (const Constant& constant : schema.constants)
    add(text, shown(constant.name) + " = " + shown(constant.value));
  return text;
}

// "ts = datetime(date: day, time: clock)", and what becomes of it.
std::string derived_fact(const Schema& schema) {
  std::string text;
  for (const Derived& derived : schema.derived) {
    text += (text.empty() ? "" : "; ") + shown(derived.field.name) + " = " + formula_of(derived);
    const std::string zone = zone_of(schema, derived.field);
    const std::string unit = unit_of(schema, derived.field);
    if (!zone.empty()) text += ", zone " + zone;
    if (!unit.empty()) text += ", " + unit;
    if (derived.field.hour24) text += ", 24:00 ends its day";
  }
  return text;
}

std::string file_name_fact(const Schema& schema) {
  return schema.from_name.empty() ? "" : shown(schema.from_name);
}

// "value by parameter: pm10, pm25"
std::string spread_fact(const Schema& schema) {
  if (!schema.spread) return "";
  std::string columns;
  for (const SchemaColumn& column : transformed_columns(schema)) {
    if (column.origin == ColumnOrigin::kSpread) add(columns, shown(column.field.name));
  }
  return shown(schema.spread->values) + " by " + shown(schema.spread->names) + ": " + columns;
}

// "A, B: their names in station, their values in no2"
std::string melt_fact(const Schema& schema) {
  if (!schema.melt) return "";
  const Melt& melt = *schema.melt;
  std::string text = shown_list(melt.fields) + ": their names in " + shown(melt.names.name);
  add(text, "their values in " + shown(melt.values.name));
  if (!melt.units.name.empty()) add(text, "their units in " + shown(melt.units.name));
  for (const auto& [name, zone] : melt.timezones) {
    add(text, "the times of " + shown(name) + " in " + zone);
  }
  return text;
}

struct Fact {
  const char* name;
  std::string (*text)(const Schema&);  // empty: not worth a line
};
constexpr Fact kFacts[] = {
    {"columns", match_fact},
    {"missing values", missing_fact},
    {"primary key", key_fact},
    {"unique keys", unique_fact},
    {"foreign keys", foreign_fact},
    {"dialect", dialect_fact},
    {"added columns", constants_fact},
    {"computed columns", derived_fact},
    {"from the file's name", file_name_fact},
    {"long to wide", spread_fact},
    {"wide to long", melt_fact},
};

}  // namespace

void SchemaTable::add(const char* title, std::vector<std::string> cells) {
  const auto is_empty = [](const std::string& cell) { return cell.empty(); };
  if (std::all_of(cells.begin(), cells.end(), is_empty)) return;
  heading.push_back(title);
  for (std::size_t i = 0; i < cells.size(); ++i) rows[i].push_back(std::move(cells[i]));
}

std::string formula_of(const Derived& derived) {
  std::string inputs;
  for (const DerivedInput& input : derived.inputs)
    add(inputs, input.role + ": " + shown(input.constant.empty() ? input.column : input.constant));
  return derived.formula + "(" + inputs + ")";
}

SchemaTable schema_table(const Schema& schema, TableWidth width) {
  SchemaTable table;
  table.rows.resize(schema.fields.size());
  for (const TableColumn& column : kTableColumns) {
    if (column.is_for_pages && width != TableWidth::kPage) continue;
    std::vector<std::string> cells;
    for (const Field& field : schema.fields) cells.push_back(column.text(schema, field));
    table.add(column.heading, std::move(cells));
  }
  return table;
}

std::vector<std::pair<std::string, std::string>> schema_facts(const Schema& schema) {
  std::vector<std::pair<std::string, std::string>> facts;
  for (const Fact& fact : kFacts) {
    std::string text = fact.text(schema);
    if (!text.empty()) facts.emplace_back(fact.name, std::move(text));
  }
  return facts;
}

}  // namespace sp
