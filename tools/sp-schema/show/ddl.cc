// A table for the rows as sp-transform leaves them. A constraint that PostgreSQL would read
// otherwise than sp-validate stands in a comment instead: no valid row may be refused.
#include <algorithm>
#include <cmath>

#include "sp-schema/show/facts.h"
#include "sp-schema/show/show.h"
#include "sp-schema/show/sql_text.h"
#include "sp/base/diagnostic.h"
#include "sp/base/key_hash.h"
#include "sp/number/number.h"
#include "sp/schema/columns_after.h"
#include "sp/schema/number_format.h"
#include "sp/time/timestamp.h"
#include "sp/unit/decimal_line.h"
#include "sp/unit/unit.h"
#include "sp/value/value.h"

namespace sp {
namespace {

// A type that holds every value of the standard's type, digit by digit. Others are text.
struct SqlType {
  std::string_view type;
  const char* sql;
};
constexpr SqlType kSqlTypes[] = {
    {"integer", "bigint"},       {"number", "numeric"}, {"boolean", "boolean"}, {"date", "date"},
    {"datetime", "timestamptz"}, {"time", "time"},      {"year", "integer"},    {"object", "json"},
    {"array", "json"},           {"geojson", "json"},
};

bool is_numeric(const Field& field) {
  return field.type == FieldType::kInteger || field.type == FieldType::kNumber;
}

UnitConversion conversion_of(const Field& field) {
  return field.target_unit.empty() ? UnitConversion{}
                                   : unit_conversion(field.unit, field.target_unit, field.gas);
}

bool keeps_numbers(const Field& field) {
  return !field.decimals && conversion_of(field).is_identity();
}

std::string sql_type(const Field& field) {
  if (is_numeric(field) && !keeps_numbers(field)) return "numeric";
  for (const SqlType& type : kSqlTypes) {
    if (type.type == type_name(field.type)) return type.sql;
  }
  return "text";
}

// A number of the input as sp-transform may write it. Conversion and rounding may go either way by
// the last digit; so it is moved by some of them to the side of `direction`, -1 or 1.
std::string converted(const Field& field, const std::string& number, int direction) {
  NumberFormat format(field);
  std::string_view digits;
  double value = 0;
  if (format.normalize(number, digits)) DecimalLine(conversion_of(field)).apply(digits, value);
  for (int i = 0; i < 4; ++i) value = std::nextafter(value, direction * HUGE_VAL);
  char text[kMaxNumberText];
  if (field.decimals) return {text, format_fixed(value, *field.decimals, text)};
  return {text, format_shortest(value, text)};
}

// A value of the input as the table's type is written; nothing for one that has no such form.
std::optional<std::string> value_literal(ValueReader& reader, const std::string& text) {
  const Field& field = reader.field();
  Value value;
  char out[kMaxTimestampText];
  std::string_view digits;
  NumberFormat format(field);
  if (!reader.read(text, CellKind::kText, value)) return std::nullopt;
  switch (field.type) {
    case FieldType::kInteger:
    case FieldType::kNumber:
      if (!keeps_numbers(field) || !format.normalize(text, digits)) return std::nullopt;
      return std::string(digits);
    case FieldType::kBoolean:
      return value.boolean ? "true" : "false";
    case FieldType::kDate:
      return literal({out, format_date(value.time.seconds / 86400, out)});
    case FieldType::kTime:
    case FieldType::kString:
      return literal(text);
    case FieldType::kDatetime: {
      const std::string nanos = std::to_string(1000000000 + value.time.nanos).substr(1);
      const std::string_view fraction = value.time.nanos == 0 ? "" : std::string_view(nanos);
      return literal({out, format_utc(value.time.seconds, fraction, out)});
    }
    default:
      return std::nullopt;
  }
}

// The checks of one column, and in words those that cannot be one.
struct Checks {
  std::vector<std::string> sql;
  std::string unsaid;
  void leave_out(const std::string& text) { unsaid += (unsaid.empty() ? "" : ", ") + text; }
};

struct Bound {
  const char* name;
  const char* operation;  // column OPERATION bound
  const char* inclusive;
  bool is_lower;
  std::optional<std::string> Constraints::*text;
};
constexpr Bound kBounds[] = {
    {"minimum", ">=", ">=", true, &Constraints::minimum},
    {"maximum", "<=", "<=", false, &Constraints::maximum},
    {"exclusiveMinimum", ">", ">=", true, &Constraints::exclusive_minimum},
    {"exclusiveMaximum", "<", "<=", false, &Constraints::exclusive_maximum},
};

void add_bound(const Bound& bound, const std::string& column, ValueReader& reader, Checks& checks) {
  const Field& field = reader.field();
  const std::optional<std::string>& text = field.constraints.*bound.text;
  if (!text) return;
  if (const auto exact = value_literal(reader, *text)) {
    checks.sql.push_back(column + " " + bound.operation + " " + *exact);
    return;
  }
  Value value;
  if (!is_numeric(field) || !reader.read(*text, CellKind::kText, value)) {
    return checks.leave_out(std::string(bound.name) + " " + *text);
  }
  const bool is_lower = bound.is_lower == (conversion_of(field).slope > 0);
  checks.sql.push_back(column + (is_lower ? " >= " : " <= ") +
                       converted(field, *text, is_lower ? -1 : 1));
}

void add_enumeration(const std::string& column, ValueReader& reader, Checks& checks) {
  const std::vector<std::string>& texts = reader.field().constraints.enumeration;
  std::string list;
  for (const std::string& text : texts) {
    const auto value = value_literal(reader, text);
    if (!value) return checks.leave_out("enum " + shown_list(texts));
    list += (list.empty() ? "" : ", ") + *value;
  }
  if (!list.empty()) checks.sql.push_back(column + " IN (" + list + ")");
}

void add_lengths(const std::string& column, const Field& field, Checks& checks) {
  const auto add = [&](const char* name, const char* operation,
                       const std::optional<std::uint64_t>& length) {
    if (!length) return;
    if (field.type == FieldType::kString) {
      checks.sql.push_back("char_length(" + column + ") " + operation + " " +
                           std::to_string(*length));
    } else {
      checks.leave_out(std::string(name) + " " + std::to_string(*length));
    }
  };
  add("minLength", ">=", field.constraints.min_length);
  add("maxLength", "<=", field.constraints.max_length);
}

void add_pattern(const std::string& column, const Field& field, Checks& checks) {
  if (!field.constraints.pattern) return;
  const std::string& pattern = *field.constraints.pattern;
  if (field.type == FieldType::kString && is_portable_pattern(pattern)) {
    checks.sql.push_back(column + " ~ " + literal("^(?:" + pattern + ")$"));
  } else {
    checks.leave_out("pattern " + shown(pattern));
  }
}

void add_categories(const std::string& column, const Field& field, Checks& checks) {
  std::string list;
  for (const Category& category : field.categories) {
    const bool is_text = field.type == FieldType::kString;
    list += (list.empty() ? "" : ", ") + (is_text ? literal(category.value) : category.value);
  }
  if (!list.empty()) checks.sql.push_back(column + " IN (" + list + ")");
}

Checks checks_of(const std::string& column, const Field& field) {
  ValueReader reader(field);
  Checks checks;
  for (const Bound& bound : kBounds) add_bound(bound, column, reader, checks);
  add_lengths(column, field, checks);
  add_pattern(column, field, checks);
  add_enumeration(column, reader, checks);
  add_categories(column, field, checks);
  if (field.constraints.json_schema) checks.leave_out("jsonSchema");
  return checks;
}

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// sp-load takes an empty cell for NULL.
bool is_not_null(const Schema& schema, const Field& field) {
  const bool is_key = is_among(schema.primary_key, field.name);
  return is_key || (field.constraints.required && is_empty_missing(schema, field));
}

// "Air temperature: 2 m above the ground; air_temperature [degC]"
std::string comment_of(const Field& field) {
  const std::string& unit = field.target_unit.empty() ? field.unit : field.target_unit;
  std::string quantity = field.standard_name;
  if (!unit.empty()) quantity += (quantity.empty() ? "[" : " [") + unit + "]";
  std::string text = field.title;
  if (!field.description.empty()) text += (text.empty() ? "" : ": ") + field.description;
  if (!quantity.empty()) text += (text.empty() ? "" : "; ") + quantity;
  return text;
}

class Table {
 public:
  explicit Table(const Schema& schema)
      : schema_(schema), name_(identifier(schema, schema_stem(schema))) {
    if (schema.melt) melted_.insert(schema.melt->fields.begin(), schema.melt->fields.end());
  }
  std::string str();

 private:
  void line(const std::string& text, const std::string& remark = "") {
    lines_.push_back("  " + text);
    remarks_.push_back(remark.empty() ? "" : "  -- sp-validate alone checks: " + remark);
  }
  bool is_kept(const Field& field) const;
  void add_field(const Field& field);
  void add_reshaped();
  void add_key(const std::string& kind, const std::vector<std::string>& names);

  const Schema& schema_;
  std::string name_;
  KeyViews melted_;
  std::vector<std::string> lines_, remarks_;
  std::string comments_;
};

void Table::add_field(const Field& field) {
  const std::string column = column_name(schema_, field.target_name());
  const Checks checks = checks_of(column, field);
  std::string text = column + " " + sql_type(field);
  if (is_not_null(schema_, field)) text += " NOT NULL";
  if (field.constraints.unique && !schema_.melt) text += " UNIQUE";
  for (const std::string& check : checks.sql) text += " CHECK (" + check + ")";
  line(text, checks.unsaid);
  const std::string comment = comment_of(field);
  if (comment.empty()) return;
  comments_ +=
      "COMMENT ON COLUMN " + name_ + "." + column + " IS " + comment_literal(comment) + ";\n";
}

// A key of a column that the table does not have is none. Where a row holds the values of several,
// their names tell no rows apart; where it holds one of several, its name does.
void Table::add_key(const std::string& kind, const std::vector<std::string>& names) {
  std::string columns;
  const auto add = [&](const std::string& name) {
    columns += (columns.empty() ? "" : ", ") + identifier(schema_, name);
  };
  for (const std::string& name : names) {
    const Field& field = *schema_.find(name);
    if (schema_.spread && field.target_name() == schema_.spread->names) continue;
    if (!is_kept(field)) return;
    add(field.target_name());
  }
  if (schema_.melt) add(schema_.melt->names.name);
  line(kind + " (" + columns + ")");
}

// Whether a row has it still.
bool Table::is_kept(const Field& field) const {
  if (field.role == Role::kIgnore) return false;
  const std::string& name = field.target_name();
  const auto& spread = schema_.spread;
  if (spread && (name == spread->names || name == spread->values || name == spread->units)) {
    return false;
  }
  return !melted_.contains(name);
}

// The columns of the rows that spread or melt makes.
void Table::add_reshaped() {
  KeyViewMap<std::size_t> counts;
  if (schema_.spread) {
    for (const SpreadField& made : schema_.spread->fields) ++counts[made.field.target_name()];
  }
  for (const SchemaColumn& column : transformed_columns(schema_)) {
    if (column.origin == ColumnOrigin::kMelt) add_field(column.field);
    if (column.origin != ColumnOrigin::kSpread) continue;
    Field field = schema_.spread->fields[column.index].field;
    // Values of several fields, each with limits of its own, may stand in one column.
    if (counts[field.target_name()] > 1) field.constraints = {};
    add_field(field);
  }
}

std::string Table::str() {
  for (const Field& field : schema_.fields) {
    if (is_kept(field)) add_field(field);
  }
  for (const Derived& derived : schema_.derived) {
    if (is_kept(derived.field)) add_field(derived.field);
  }
  for (const Constant& constant : schema_.constants) {
    line(column_name(schema_, constant.name) + " text" +
         (constant.value.empty() ? "" : " NOT NULL"));
  }
  for (const std::string& name : group_names(schema_.from_name))
    line(column_name(schema_, name) + " text");
  add_reshaped();
  for (const std::vector<std::string>& key : schema_.unique_keys) add_key("UNIQUE", key);
  if (!schema_.primary_key.empty()) add_key("PRIMARY KEY", schema_.primary_key);
  std::string out = "CREATE TABLE " + name_ + " (\n";
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    out += lines_[i] + (i + 1 < lines_.size() ? "," : "") + remarks_[i] + "\n";
  }
  out += ");\n";
  Field table;
  table.title = schema_.title;
  table.description = schema_.description;
  const std::string comment = comment_of(table);
  if (!comment.empty())
    out += "COMMENT ON TABLE " + name_ + " IS " + comment_literal(comment) + ";\n";
  return out + comments_;
}

}  // namespace

std::string schema_to_ddl(const Schema& schema) { return Table(schema).str(); }

}  // namespace sp
