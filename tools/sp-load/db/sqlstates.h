// What a SQLSTATE means for the load: one table, by what the load was doing.
#pragma once

#include <cstdint>
#include <string_view>

#include "sp/base/exit_code.h"

namespace sp::load {

// What the load is at when the server says no. No row of the input is part of the first two, so
// that none can be the reason.
enum class Phase : std::uint8_t {
  kConnect,  // until the session is as it must be
  kPrepare,  // the catalog, the ledger, the partitions
  kRows,     // COPY, and what is done with its rows
  kCommit,   // deferred constraints, and COMMIT
};

struct Verdict {
  ExitCode exit_code;  // if the load ends with it
  bool transient;      // worth trying again at once
  const char* meaning;
};

// The first row of the table that fits; the last rows fit everything.
Verdict judge(std::string_view sqlstate, Phase phase);

}  // namespace sp::load
