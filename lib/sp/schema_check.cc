#include "sp/schema_check.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "sp/diagnostic.h"
#include "sp/time_format.h"
#include "sp/unit.h"

namespace sp {
namespace {

[[noreturn]] void fail(const Schema& schema, const std::string& pointer,
                       const std::string& message) {
  throw Error(ExitCode::kConfig, pointer + ": " + message, {schema.file, 0, 0, ""});
}

// A set of field types.
constexpr unsigned of(FieldType type) { return 1u << static_cast<unsigned>(type); }
constexpr unsigned kNumeric = of(FieldType::kInteger) | of(FieldType::kNumber);
constexpr unsigned kTemporal =
    of(FieldType::kDate) | of(FieldType::kTime) | of(FieldType::kDatetime);
constexpr unsigned kOrdered = kNumeric | kTemporal;

// A property that only some types have. `set` tells whether a field uses it.
struct Applicability {
  const char* property;
  bool (*set)(const Field& field);
  unsigned types;
};
constexpr Applicability kApplicability[] = {
    {"constraints/minimum", [](const Field& f) { return f.constraints.minimum.has_value(); },
     kOrdered},
    {"constraints/maximum", [](const Field& f) { return f.constraints.maximum.has_value(); },
     kOrdered},
    {"constraints/exclusiveMinimum",
     [](const Field& f) { return f.constraints.exclusive_minimum.has_value(); }, kOrdered},
    {"constraints/exclusiveMaximum",
     [](const Field& f) { return f.constraints.exclusive_maximum.has_value(); }, kOrdered},
    {"constraints/minLength", [](const Field& f) { return f.constraints.min_length.has_value(); },
     of(FieldType::kString)},
    {"constraints/maxLength", [](const Field& f) { return f.constraints.max_length.has_value(); },
     of(FieldType::kString)},
    {"constraints/pattern", [](const Field& f) { return f.constraints.pattern.has_value(); },
     of(FieldType::kString)},
    {"decimalChar", [](const Field& f) { return f.decimal_char != "."; }, of(FieldType::kNumber)},
    {"groupChar", [](const Field& f) { return !f.group_char.empty(); }, kNumeric},
    {"bareNumber", [](const Field& f) { return !f.bare_number; }, kNumeric},
    {"unit", [](const Field& f) { return !f.unit.empty(); }, kNumeric},
    {"targetUnit", [](const Field& f) { return !f.target_unit.empty(); }, kNumeric},
    {"decimals", [](const Field& f) { return f.decimals.has_value(); }, kNumeric},
    {"timezone", [](const Field& f) { return f.timezone != "UTC"; }, of(FieldType::kDatetime)},
    {"dst", [](const Field& f) { return f.dst != Dst::kReject; }, of(FieldType::kDatetime)},
    {"role", [](const Field& f) { return f.role == Role::kTime; },
     of(FieldType::kDate) | of(FieldType::kDatetime)},
    {"role", [](const Field& f) { return f.role == Role::kMeasure; }, kNumeric},
};

void check_applicability(const Schema& schema, const Field& field, const std::string& pointer) {
  for (const Applicability& row : kApplicability) {
    if (row.set(field) && (row.types & of(field.type)) == 0) {
      fail(schema, pointer + "/" + row.property,
           std::string("does not fit the type ") + type_name(field.type));
    }
  }
}

// Throws what `check` throws, with the place in the schema before it.
template <class Check>
void at_pointer(const Schema& schema, const std::string& pointer, Check check) {
  try {
    check();
  } catch (const Error& error) {
    fail(schema, pointer, error.what());
  }
}

void check_format(const Schema& schema, const Field& field, const std::string& pointer) {
  if ((of(field.type) & kTemporal) != 0) {
    at_pointer(schema, pointer + "/format", [&] { TimeFormat(field.format, field.type); });
  } else if (field.format != "default" && field.format != "any") {
    fail(schema, pointer + "/format",
         "the format '" + field.format + "' of the type " + type_name(field.type) +
             " is not supported");
  }
}

void check_units(const Schema& schema, const Field& field, const std::string& pointer) {
  if (!field.unit.empty()) {
    at_pointer(schema, pointer + "/unit", [&] { check_unit(field.unit); });
  }
  if (field.gas.is_named() && field.target_unit.empty()) {
    fail(schema, pointer + "/targetUnit", "is needed beside 'molarMass' and 'conditions'");
  }
  if (field.target_unit.empty()) return;
  if (field.unit.empty()) fail(schema, pointer + "/targetUnit", "needs a 'unit' beside it");
  at_pointer(schema, pointer + "/targetUnit",
             [&] { unit_conversion(field.unit, field.target_unit, field.gas); });
}

void check_number_format(const Schema& schema, const Field& field, const std::string& pointer) {
  if (field.decimal_char.empty()) fail(schema, pointer + "/decimalChar", "must not be empty");
  if (field.decimal_char == field.group_char) {
    fail(schema, pointer + "/groupChar", "must differ from decimalChar");
  }
}

void check_field(const Schema& schema, const Field& field, const std::string& pointer) {
  check_applicability(schema, field, pointer);
  check_format(schema, field, pointer);
  check_units(schema, field, pointer);
  check_number_format(schema, field, pointer);
  if (field.timezone != "UTC") {
    at_pointer(schema, pointer + "/timezone", [&] { TimeZone(field.timezone, field.dst); });
  }
}

std::string field_pointer(std::size_t index) { return "/fields/" + std::to_string(index); }

// Names of the input, and names after sp-transform, of which an ignored field has none.
void check_names(const Schema& schema) {
  std::vector<std::string_view> names, targets;
  const auto add = [&](std::vector<std::string_view>& to, std::string_view name,
                       const std::string& pointer) {
    if (std::find(to.begin(), to.end(), name) != to.end()) {
      fail(schema, pointer, "the name '" + std::string(name) + "' is there twice");
    }
    to.push_back(name);
  };
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const Field& field = schema.fields[i];
    add(names, field.name, field_pointer(i) + "/name");
    if (field.role != Role::kIgnore) {
      add(targets, field.target_name(),
          field_pointer(i) + (field.rename.empty() ? "/name" : "/rename"));
    }
  }
  for (const Constant& constant : schema.constants) add(targets, constant.name, "/constants");
}

void check_primary_key(const Schema& schema) {
  for (std::size_t i = 0; i < schema.primary_key.size(); ++i) {
    if (!schema.find(schema.primary_key[i])) {
      fail(schema, "/primaryKey", "'" + schema.primary_key[i] + "' is not a field of the schema");
    }
  }
}

char letter(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// Levenshtein's distance, upper and lower case alike.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (letter(a[i - 1]) == letter(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

bool looks_like(std::string_view name, std::string_view word) {
  if (name == word || name.size() > word.size() + 2) return false;
  std::string compact;
  for (const char c : name) {
    if (c != '_' && c != '-' && c != ' ') compact += c;
  }
  const std::size_t allowed = word.size() < 4 ? 0 : word.size() < 6 ? 1 : 2;
  return edit_distance(compact, word) <= allowed;
}

void check_schema(const Schema& schema) {
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    check_field(schema, schema.fields[i], field_pointer(i));
  }
  check_names(schema);
  check_primary_key(schema);
}

}  // namespace sp
