// What the server, or the way to it, said against a command.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "sp/base/exit_code.h"

namespace sp::load {

// `what()` is the primary message.
class DatabaseError : public std::runtime_error {
 public:
  explicit DatabaseError(const std::string& message) : std::runtime_error(message) {}
  std::string sqlstate;          // five characters; empty where nobody gave one: the
                                 // connection failed
  std::string detail;            // the server's DETAIL
  std::string hint;              // the server's HINT
  std::string context;           // the server's CONTEXT: for COPY the line
  std::string column;            // the column, where the server tells it
  bool connection_lost = false;  // the connection cannot be used any more
};

// What a SQLSTATE means for the load.
struct SqlstateClass {
  const char* prefix;  // two to five characters; the first row that fits counts
  ExitCode exit_code;  // if the load ends with it
  bool transient;      // worth trying again
  const char* meaning;
};

// An empty `sqlstate` is a connection that failed. Never null: the last row fits everything.
const SqlstateClass& classify(const std::string& sqlstate);

// The message with detail and hint, and what the class means, on one line.
std::string describe(const DatabaseError& error);

// The number of the line in `context` ("COPY reading, line 12, column ts", also translated), 0
// where there is none. `table` is the relation's name without schema.
std::uint64_t copy_line(const std::string& context, const std::string& table);
// The column in it, empty where there is none.
std::string copy_column(const std::string& context);

}  // namespace sp::load
