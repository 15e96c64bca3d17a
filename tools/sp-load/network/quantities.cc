#include "sp-load/network/quantities.h"

#include <fmt/format.h>

#include "sp-load/db/array_literal.h"
#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"
#include "sp/base/json_text.h"
#include "sp/unit/unit.h"

namespace sp::load {
namespace {

constexpr const char* kMayNot = "42501";

// A quantity as the database has it.
struct Known {
  std::string id, kind, unit, standard_name;
  bool is_direction = false;
};

KeyMap<Known> read_known(Connection& connection, const std::vector<Quantity>& quantities) {
  std::vector<std::string> names;
  names.reserve(quantities.size());
  for (const Quantity& quantity : quantities) names.push_back(quantity.name);
  const Param params[] = {array_literal(names)};
  const Result rows = connection.run(
      "SELECT name, quantity_id, kind, unit, standard_name, circle IS NOT NULL FROM sp.quantity"
      " WHERE name = ANY ($1::text[])",
      params);
  KeyMap<Known> out;
  for (int i = 0; i < rows.rows(); ++i) {
    out[rows.string(i, 0)] = {rows.string(i, 1), rows.string(i, 2), rows.string(i, 3),
                              rows.string(i, 4), rows.text(i, 5) == "t"};
  }
  return out;
}

std::string way_to(const std::string& unit, const std::string& from) {
  try {
    unit_conversion(from, unit);
  } catch (const Error& error) {
    return fmt::format("add \"targetUnit\": \"{}\", or give it another name with \"rename\": {}",
                       unit, error.what());
  }
  return fmt::format(
      "add \"targetUnit\": \"{}\", or bring the database to another unit with sp.change_unit",
      unit);
}

// What must be changed in the schema's field so that it gives what the database has; "": nothing.
std::string difference(const Quantity& here, const Known& there) {
  if (here.kind != there.kind) {
    return fmt::format(
        "{} is of the kind {} in the database and {} in the schema; give it "
        "another name with \"rename\"",
        excerpt(here.name), there.kind, here.kind);
  }
  if (!here.standard_name.empty() && !there.standard_name.empty() &&
      here.standard_name != there.standard_name) {
    return fmt::format(
        "{} is {} in the database and {} in the schema; give it another name with "
        "\"rename\"",
        excerpt(here.name), there.standard_name, here.standard_name);
  }
  if (here.circle() > 0 && !there.is_direction) {
    return fmt::format(
        "{} is a direction in the schema (standardName {}), and the database takes its arithmetic "
        "mean; give it another name with \"rename\", or leave the standardName out",
        excerpt(here.name), here.standard_name);
  }
  if (is_same_unit(here.unit, there.unit)) return "";
  if (here.unit.empty()) {
    return fmt::format("{} is in {} in the database, and the schema names no unit; write \"unit\"",
                       excerpt(here.name), there.unit);
  }
  if (there.unit.empty()) {
    return fmt::format(
        "{} has no unit in the database and {} in the schema; give it another name "
        "with \"rename\"",
        excerpt(here.name), here.unit);
  }
  return fmt::format("{} is in {} in the database and in {} in the schema; {}", excerpt(here.name),
                     there.unit, here.unit, way_to(there.unit, here.unit));
}

void require_agreement(const std::vector<Quantity>& quantities, const KeyMap<Known>& known,
                       const std::string& schema) {
  std::string all;
  for (const Quantity& quantity : quantities) {
    const auto there = known.find(quantity.name);
    if (there == known.end()) continue;
    const std::string what = difference(quantity, there->second);
    if (!what.empty()) all += (all.empty() ? "" : ". ") + what;
  }
  if (!all.empty()) throw Error(ExitCode::kConfig, all, {schema, 0, 0, ""});
}

std::string asked_json(const std::vector<Quantity>& quantities, const KeyMap<Known>& known) {
  JsonArray out;
  for (const Quantity& quantity : quantities) {
    if (known.contains(quantity.name)) continue;
    JsonObject object;
    object.add("name", quantity.name).add("kind", quantity.kind);
    if (!quantity.unit.empty()) {
      object.add("unit", quantity.unit).add("unit_definition", unit_definition(quantity.unit));
    }
    if (!quantity.standard_name.empty()) object.add("standard_name", quantity.standard_name);
    if (quantity.circle() > 0) object.add("circle", quantity.circle());
    out.add(object);
  }
  return out.str();
}

std::string names_of_new(const std::vector<Quantity>& quantities, const KeyMap<Known>& known) {
  std::string names;
  for (const Quantity& quantity : quantities) {
    if (known.contains(quantity.name)) continue;
    names += (names.empty() ? "" : ", ") + quantity.name;
    if (!quantity.unit.empty()) names += " [" + quantity.unit + "]";
  }
  return names;
}

}  // namespace

QuantityIds ensure_quantities(Connection& connection, Registrar& registrar,
                              const std::vector<Quantity>& quantities, std::size_t most_new,
                              bool dry_run, const std::string& schema, const Log& log) {
  KeyMap<Known> known = read_known(connection, quantities);
  require_agreement(quantities, known, schema);
  const std::string missing = names_of_new(quantities, known);
  if (!missing.empty() && dry_run) {
    log.info("these quantities are new to the database, and a load would register them: " +
             missing);
  } else if (!missing.empty()) {
    const Param params[] = {asked_json(quantities, known), limit_text(most_new)};
    try {
      registrar.run("SELECT FROM sp.ensure_quantities($1::jsonb, $2::integer)", params);
    } catch (const DatabaseError& error) {
      if (error.sqlstate != kMayNot) throw;
      throw Error(ExitCode::kConfig,
                  "the database does not know these quantities, and this role may not register "
                  "them: " +
                      missing,
                  {schema, 0, 0, ""});
    }
    log.info("new quantities: " + missing);
    known = read_known(connection, quantities);
    require_agreement(quantities, known, schema);
  }
  QuantityIds ids;
  for (auto& [name, quantity] : known) ids.emplace(name, std::move(quantity.id));
  return ids;
}

}  // namespace sp::load
