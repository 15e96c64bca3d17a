// What the server, or the way to it, said against a command.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "sp-load/db/sqlstates.h"

namespace sp::load {

// `what()` is the primary message.
class DatabaseError : public std::runtime_error {
 public:
  explicit DatabaseError(const std::string& message) : std::runtime_error(message) {}
  std::string sqlstate;                   // five characters; empty where nobody gave one: the
                                          // connection failed
  std::string detail;                     // the server's DETAIL
  std::string hint;                       // the server's HINT
  std::string context;                    // the server's CONTEXT: for COPY the line
  std::string table, column, constraint;  // where the server tells them
  Phase phase = Phase::kPrepare;          // what the load was doing
  bool connection_lost = false;           // the connection cannot be used any more
  bool hopeless = false;  // without a SQLSTATE: these parameters never make a connection
};

// What it means for the load: by its SQLSTATE and phase, or by how the connection failed.
Verdict classify(const DatabaseError& error);

// The message with detail and hint, and what the class means, on one line.
std::string describe(const DatabaseError& error);

// The number of the line in `context` ("COPY reading, line 12, column ts", also translated), 0
// where there is none. `table` is the relation's name without schema.
std::uint64_t copy_line(const std::string& context, const std::string& table);
// The column in it, empty where there is none.
std::string copy_column(const std::string& context);

}  // namespace sp::load
