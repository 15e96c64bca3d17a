// The files of sql/, which are part of the binary, and how they are applied.
#pragma once

#include <span>
#include <string_view>

#include "sp-load/db/connection.h"
#include "sp/base/diagnostic.h"

namespace sp::load {

struct Migration {
  int number;  // at the head of the file name
  const char* name;
  const char* sha256;
  std::string_view sql;
};

// In the order of their numbers; 0 creates the table that records the others.
std::span<const Migration> migrations();

// Brings schema sp up to date, in one transaction: all or nothing. Safe to be called again and by
// two at once. Throws Error(kConfig) where a migration was applied that is not ours.
void migrate(Connection& connection, bool dry_run, const Log& log);

// What migrate() runs in an empty database, as a script for psql: for a database whose owner gives
// no program his rights.
std::string schema_text();

}  // namespace sp::load
