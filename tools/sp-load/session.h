// A new session, made independent of what its role and database have set, where that is sp-load's
// to decide.
#pragma once

#include <chrono>
#include <string>

#include "sp-load/db/connection.h"

namespace sp::load {

// `answer_timeout` is the server's limit as well for a client that went silent. Throws
// DatabaseError, also for a standby, and Error(kConfig) where somebody has set the database
// read-only.
SessionId prepare_session(Connection& connection, const std::string& default_schema,
                          std::chrono::milliseconds answer_timeout);

}  // namespace sp::load
