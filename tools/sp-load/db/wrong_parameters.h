// Connection parameters with which no try can succeed, told without asking any server.
#pragma once

#include <optional>
#include <string>

#include "sp-load/db/connect_parameters.h"

namespace sp::load {

// After a connection failed with libpq's words `said`: what is wrong with the parameters, none
// where nothing is. The text is `said`, or ours where that could repeat a part of a password.
std::optional<std::string> wrong_parameters(const ConnectParameters& parameters,
                                            const std::string& said);

}  // namespace sp::load
