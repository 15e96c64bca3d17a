// Why a connection could not be made. libpq has only words for that, in the user's language:
// whether another try can succeed is found out by other ways.
#pragma once

#include <string>

#include "sp-load/db/connect_parameters.h"
#include "sp-load/db/database_error.h"

namespace sp::load {

// `said` is libpq's message. Takes at most some two seconds, in which the server may be asked once
// more. Where the parameters are the reason, `hopeless` is set; a message that could repeat a part
// of a password is replaced.
DatabaseError connect_failure(const ConnectParameters& parameters, const std::string& said);

}  // namespace sp::load
