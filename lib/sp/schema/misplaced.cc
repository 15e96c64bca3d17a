#include "sp/schema/misplaced.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "sp/schema/derived.h"
#include "sp/schema/field.h"
#include "sp/schema/load.h"
#include "sp/schema/reshape.h"
#include "sp/table/dialect.h"

namespace sp {
namespace {

struct Place {
  const char* name;
  bool (*has)(std::string_view property);
  bool (*acts)(std::string_view property);  // changes a value or a verdict
  // A slip of the pen for one of its own: who reads them says so.
  bool (*resembles)(std::string_view property) = nullptr;
  const char* field = "a field";  // what it says of properties of a field
};

constexpr Place kSchema = {"the top of the schema", is_schema_property, is_schema_property};
constexpr Place kDialect = {"the schema's 'dialect'", is_dialect_property, acts_in_dialect};
constexpr Place kField = {"a field", is_field_property, is_field_property};
constexpr Place kConstraintsOfField = {"the 'constraints' of a field", is_constraint,
                                       is_constraint};
constexpr Place kDerived = {"a derived column", is_derived_property, is_derived_property};
// What these share with descriptors of all kinds (names, values) is free elsewhere.
constexpr Place kSpread = {"the schema's 'spread'", is_spread_property,
                           [](std::string_view property) { return property == "openRows"; },
                           resembles_spread_property};
constexpr Place kSpreadField = {"a field of 'spread'", is_spread_field_property,
                                [](std::string_view property) { return property == "unitText"; },
                                nullptr, "the field of the values"};
constexpr Place kMelt = {"the schema's 'melt'", is_melt_property, nullptr, resembles_melt_property};
constexpr Place kMeltColumn = {"a column of 'melt'", is_melt_column_property, nullptr};

// In the order in which they are named where a property has several.
constexpr Place kPlaces[] = {kDialect, kConstraintsOfField, kField, kSchema, kDerived,
                             kSpread,  kSpreadField};

constexpr std::string_view kFree[] = {"$schema", "name",        "type",    "format",
                                      "title",   "description", "example", "rdfType"};

void refuse_others(const JsonNode& node, const Place& here) {
  if (!node.value.is_object()) return;
  node.each_member([&](std::string_view property, const JsonNode& member) {
    if (here.has(property)) return;
    if (std::find(std::begin(kFree), std::end(kFree), property) != std::end(kFree)) return;
    if (here.resembles != nullptr && here.resembles(property)) return;
    for (const Place& place : kPlaces) {
      if (!place.acts(property)) continue;
      const char* const name = place.has == kField.has ? here.field : place.name;
      member.fail(std::string("has no effect here; it belongs into ") + name);
    }
  });
}

}  // namespace

void refuse_misplaced(const JsonNode& schema) {
  refuse_others(schema, kSchema);
  if (const auto fields = schema.find("fields")) {
    fields->each_item([](const JsonNode& field) {
      refuse_others(field, kField);
      if (const auto own = field.find("constraints")) refuse_others(*own, kConstraintsOfField);
    });
  }
  if (const auto derived = schema.find("derived")) {
    derived->each_item([](const JsonNode& column) { refuse_others(column, kDerived); });
  }
  if (const auto spread = schema.find("spread")) {
    refuse_others(*spread, kSpread);
    if (const auto fields = spread->find("fields")) {
      fields->each_item([](const JsonNode& field) {
        refuse_others(field, kSpreadField);
        if (const auto own = field.find("constraints")) refuse_others(*own, kConstraintsOfField);
      });
    }
  }
  if (const auto melt = schema.find("melt")) {
    refuse_others(*melt, kMelt);
    for (const char* column : {"names", "values", "units"}) {
      if (const auto made = melt->find(column)) refuse_others(*made, kMeltColumn);
    }
  }
  if (const auto dialect = schema.find("dialect")) refuse_others(*dialect, kDialect);
}

}  // namespace sp
