// What a transaction is made independent of: the settings of its role, its database, and, behind a
// pooler, of whoever had the server's session before.
#pragma once

#include <chrono>
#include <string>

#include "sp-load/db/connection.h"

namespace sp::load {

// Throws DatabaseError, also for a standby, and Error(kConfig) where somebody has set the database
// read-only.
void require_writable(Connection& connection);

// Commands that hold until the transaction ends, with a semicolon after each. `answer_timeout` is
// the server's limit as well for a client that went silent.
std::string transaction_settings(const Connection& connection, const std::string& default_schema,
                                 std::chrono::milliseconds answer_timeout);

}  // namespace sp::load
