// The columns of sp.reading: what a schema measures, and what the database has of it.
#pragma once

#include <string>
#include <vector>

#include "sp-load/db/connection.h"
#include "sp-load/network/network_plan.h"
#include "sp-load/network/registrar.h"
#include "sp/base/key_hash.h"

namespace sp::load {

// The ids of the quantities in the database, by their names.
using QuantityIds = KeyMap<std::string>;

// Registers those that are not there, at most `most_new`, which adds their columns for good; in a
// `dry_run` they are only said. Throws Error(kConfig) where one has another unit, kind or standard
// name there, or may not be registered; it names all of them.
QuantityIds ensure_quantities(Connection& connection, Registrar& registrar,
                              const std::vector<Quantity>& quantities, std::size_t most_new,
                              bool dry_run, const std::string& schema, const Log& log);

}  // namespace sp::load
