#include "sp/schema/reshape.h"

#include <algorithm>
#include <iterator>

#include "sp/base/diagnostic.h"
#include "sp/base/key_hash.h"
#include "sp/base/nfc.h"
#include "sp/schema/check.h"
#include "sp/schema/columns_after.h"
#include "sp/schema/field.h"
#include "sp/schema/property.h"
#include "sp/time/timestamp.h"
#include "sp/unit/unit.h"

namespace sp {
namespace {

// Those of a field's properties that a number has after it was read.
constexpr std::string_view kSpreadFieldNames[] = {
    "name",         "type",   "constraints", "unit", "targetUnit", "molarMass",  "conditions",
    "standardName", "rename", "decimals",    "role", "title",      "description"};
constexpr std::string_view kMeltColumnNames[] = {"name", "standardName", "role", "title",
                                                 "description"};
constexpr std::string_view kUnitText = "unitText";
constexpr std::string_view kOwnNames[] = {kUnitText};

template <std::size_t N>
bool is_in(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

SpreadField read_spread_field(const JsonNode& node) {
  SpreadField column;
  column.field.role = Role::kMeasure;
  node.each_member([&](std::string_view name, const JsonNode& member) {
    if (name == kUnitText) {
      column.unit_text = member.string();
    } else {
      refuse_slip(member, name, kOwnNames);
      read_field_property(name, member, kSpreadFieldNames, column.field);
    }
  });
  if (column.field.name.empty()) node.fail("must have a 'name'");
  return column;
}

Field read_melt_column(const JsonNode& node) {
  Field field;
  node.each_member([&](std::string_view name, const JsonNode& member) {
    read_field_property(name, member, kMeltColumnNames, field);
  });
  if (field.name.empty()) node.fail("must have a 'name'");
  return field;
}

constexpr Property<Spread> kSpreadProperties[] = {
    {"names", [](const JsonNode& n, Spread& s) { s.names = n.name(); }},
    {"values", [](const JsonNode& n, Spread& s) { s.values = n.name(); }},
    {"units", [](const JsonNode& n, Spread& s) { s.units = n.name(); }},
    {"fields",
     [](const JsonNode& n, Spread& s) {
       n.each_item([&](const JsonNode& item) { s.fields.push_back(read_spread_field(item)); });
     }},
    {"openRows",
     [](const JsonNode& n, Spread& s) {
       s.open_rows = n.count();
       if (s.open_rows == 0 || s.open_rows > kMostOpenRows) {
         n.fail("must be 1 to " + std::to_string(kMostOpenRows));
       }
     }},
};

constexpr Property<Melt> kMeltProperties[] = {
    {"fields", [](const JsonNode& n, Melt& m) { m.fields = n.names(); }},
    {"names", [](const JsonNode& n, Melt& m) { m.names = read_melt_column(n); }},
    {"values", [](const JsonNode& n, Melt& m) { m.values = read_melt_column(n); }},
    {"units", [](const JsonNode& n, Melt& m) { m.units = read_melt_column(n); }},
    {"timezones",
     [](const JsonNode& n, Melt& m) {
       n.each_member([&](std::string_view name, const JsonNode& zone) {
         m.timezones.emplace(nfc(name), zone.string());
       });
     }},
};

[[noreturn]] void fail(const Schema& schema, const std::string& pointer,
                       const std::string& message) {
  throw Error(ExitCode::kConfig, pointer + ": " + message, {schema.file, 0, 0, ""});
}

bool is_number(const Field& field) {
  return field.type == FieldType::kInteger || field.type == FieldType::kNumber;
}

const std::string& unit_after(const Field& field) {
  return field.target_unit.empty() ? field.unit : field.target_unit;
}

class SpreadCheck {
 public:
  SpreadCheck(const Schema& schema, Spread& spread) : schema_(schema), spread_(spread) {}

  void check() {
    text_column(spread_.names, "/spread/names");
    if (!spread_.units.empty()) text_column(spread_.units, "/spread/units");
    const Field values = column(spread_.values, "/spread/values");
    if (!is_number(values)) fail(schema_, "/spread/values", "must be a number or an integer");
    if (spread_.names == spread_.values || spread_.units == spread_.values ||
        spread_.units == spread_.names) {
      fail(schema_, "/spread", "names, values and units are columns of their own");
    }
    if (!spread_.units.empty() && !values.unit.empty()) {
      fail(schema_, "/spread/units", "the field of the values has a unit, which all of them have");
    }
    if (spread_.fields.empty()) fail(schema_, "/spread/fields", "must have at least one");
    for (std::size_t i = 0; i < spread_.fields.size(); ++i) {
      const std::string pointer = "/spread/fields/" + std::to_string(i);
      complete(spread_.fields[i], values, pointer);
      check_target(spread_.fields[i].field, pointer);
    }
    check_derived();
  }

 private:
  const Field& column(std::string& name, const std::string& pointer) {
    const Field* const field = schema_.find_source(name);
    if (name.empty() || !field) {
      fail(schema_, pointer, "must be a field of the schema, and '" + name + "' is none");
    }
    if (field->role == Role::kIgnore) {
      fail(schema_, pointer, "'" + name + "' has the role ignore, and is not there any more");
    }
    name = field->target_name();
    return *field;
  }

  void text_column(std::string& name, const std::string& pointer) {
    const Field& field = column(name, pointer);
    if (field.type != FieldType::kString && field.type != FieldType::kAny) {
      fail(schema_, pointer, "must be of the type string");
    }
    if (field.invalid_is_missing) {
      fail(schema_, pointer, "must not have 'onInvalid': such a value would be of no column");
    }
  }

  // What it does not say is as in the field of the values.
  void complete(SpreadField& column, const Field& values, const std::string& pointer) {
    Field& field = column.field;
    if (field.type == FieldType::kAny) field.type = values.type;
    if (field.type != values.type) {
      fail(schema_, pointer + "/type", "is that of the field of the values");
    }
    if (field.constraints.required || field.constraints.unique) {
      fail(schema_, pointer + "/constraints", "a row may lack any of these columns");
    }
    if (field.role == Role::kIgnore) {
      fail(schema_, pointer + "/role",
           "leave out rows with 'keepValues' of the field of the names");
    }
    if (!unit_after(values).empty() && !field.unit.empty()) {
      fail(schema_, pointer + "/unit", "the field of the values has a unit already");
    }
    if (values.decimals && field.decimals) {
      fail(schema_, pointer + "/decimals", "the field of the values has decimals already");
    }
    if (column.unit_text && spread_.units.empty()) {
      fail(schema_, pointer + "/unitText", "needs 'units' in spread: the column that has it");
    }
    if (!spread_.units.empty() && field.unit.empty()) {
      fail(schema_, pointer + "/unit", "is needed, so that it can be compared with the column's");
    }
    if (field.unit.empty()) field.unit = unit_after(values);
    if (!spread_.units.empty() && !column.unit_text) check_spelling(field.unit, pointer);
    check_field(schema_, field, pointer);
  }

  void check_spelling(const std::string& unit, const std::string& pointer) const {
    try {
      sp::check_unit(unit);
    } catch (const Error& error) {
      fail(schema_, pointer + "/unit",
           std::string(error.what()) +
               "; where the file has it so, make it 'unitText', and 'unit' one that is known");
    }
  }

  // Values in several units may become one column.
  void check_target(const Field& field, const std::string& pointer) {
    if (!names_.insert(field.name).second && spread_.units.empty()) {
      fail(schema_, pointer + "/name",
           "the name '" + field.name + "' is there twice, and no 'units' tell them apart");
    }
    const std::string& unit = unit_after(field);
    const std::string& known = units_.emplace(field.target_name(), unit).first->second;
    if (!is_same_unit(known, unit)) {
      fail(schema_, pointer + "/targetUnit",
           "values of one column are in one unit: '" + known + "' or '" + unit + "'");
    }
  }

  // What is computed of one value would keep the others out of its row.
  void check_derived() const {
    for (std::size_t i = 0; i < schema_.derived.size(); ++i) {
      for (const DerivedInput& input : schema_.derived[i].inputs) {
        const Field* const source = schema_.find_source(input.column);
        if (!source || source->target_name() != spread_.values) continue;
        fail(schema_, "/derived/" + std::to_string(i),
             "'" + input.column + "' holds another quantity in each row: see /spread");
      }
    }
  }

  const Schema& schema_;
  Spread& spread_;
  KeyNames names_;
  KeyMap<std::string> units_;  // by column
};

class MeltCheck {
 public:
  MeltCheck(const Schema& schema, Melt& melt)
      : schema_(schema), melt_(melt), columns_(file_columns(schema)) {}

  void check() {
    if (melt_.names.name.empty()) fail(schema_, "/melt", "must have 'names': their column");
    if (melt_.values.name.empty()) fail(schema_, "/melt", "must have 'values': their column");
    complete_fields();
    complete_zones();
    melt_.names.type = melt_.units.type = FieldType::kString;
    melt_.values.type = FieldType::kNumber;
    if (melt_.units.name.empty()) melt_.values.unit = unit_;
    if (melt_.values.role == Role::kNone) melt_.values.role = Role::kMeasure;
    check_field(schema_, melt_.names, "/melt/names");
    check_field(schema_, melt_.values, "/melt/values");
    check_field(schema_, melt_.units, "/melt/units");
  }

 private:
  std::string name_after(const std::string& name) const {
    const Field* const field = schema_.find(name);
    return field ? field->target_name() : name;
  }

  void complete_fields() {
    std::vector<std::string>& fields = melt_.fields;
    if (fields.empty()) {
      for (const SchemaColumn& column : columns_) {
        if (column.field.role == Role::kMeasure) fields.push_back(column.field.name);
      }
    }
    if (fields.empty()) fail(schema_, "/melt/fields", "must have at least one name");
    KeyMap<const Field*> numbers;
    for (const SchemaColumn& column : columns_) {
      if (is_number(column.field)) numbers.emplace(column.field.name, &column.field);
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::string pointer = "/melt/fields/" + std::to_string(i);
      fields[i] = name_after(fields[i]);
      const auto number = numbers.find(fields[i]);
      if (number == numbers.end()) {
        fail(schema_, pointer, "'" + fields[i] + "' is no column of numbers after sp-transform");
      }
      if (!names_.insert(fields[i]).second) {
        fail(schema_, pointer, "'" + fields[i] + "' is there twice");
      }
      check_unit(number->second->unit, i, pointer);
    }
  }

  void check_unit(const std::string& unit, std::size_t i, const std::string& pointer) {
    if (i == 0) unit_ = unit;
    if (!melt_.units.name.empty() || is_same_unit(unit_, unit)) return;
    fail(schema_, pointer,
         "'" + melt_.fields[i] + "' is in " + unit + " and '" + melt_.fields[0] + "' in " + unit_ +
             "; name a column for the units with 'units', or bring them to one with 'targetUnit'");
  }

  void complete_zones() {
    decltype(melt_.timezones) zones;
    for (const auto& [name, zone] : melt_.timezones) {
      const std::string pointer = "/melt/timezones/" + name, after = name_after(name);
      if (!names_.contains(after)) fail(schema_, pointer, "'" + name + "' is not melted");
      try {
        const TimeZone known(zone);
      } catch (const Error& error) {
        fail(schema_, pointer, error.what());
      }
      zones.emplace(after, zone);
    }
    melt_.timezones = std::move(zones);
  }

  const Schema& schema_;
  Melt& melt_;
  std::vector<SchemaColumn> columns_;  // before they are melted
  KeyNames names_;                     // of the fields
  std::string unit_;                   // of the first
};

}  // namespace

bool is_spread_property(std::string_view name) { return has_property(kSpreadProperties, name); }
bool is_spread_field_property(std::string_view name) {
  return name == kUnitText || is_in(kSpreadFieldNames, name);
}
bool is_melt_property(std::string_view name) { return has_property(kMeltProperties, name); }
bool resembles_spread_property(std::string_view name) {
  return resembles_property(kSpreadProperties, name);
}
bool resembles_melt_property(std::string_view name) {
  return resembles_property(kMeltProperties, name);
}
bool is_melt_column_property(std::string_view name) { return is_in(kMeltColumnNames, name); }

void read_spread(const JsonNode& node, Schema& schema) {
  read_object(node, kSpreadProperties, Extras::kAllowed, schema.spread.emplace());
}

void read_melt(const JsonNode& node, Schema& schema) {
  read_object(node, kMeltProperties, Extras::kAllowed, schema.melt.emplace());
}

void check_reshape(Schema& schema) {
  if (schema.spread && schema.melt) {
    fail(schema, "/melt", "spread and melt undo each other; a schema has one of them");
  }
  if (schema.spread) SpreadCheck(schema, *schema.spread).check();
  if (schema.melt) MeltCheck(schema, *schema.melt).check();
}

}  // namespace sp
