// What libpq is told about the connection: the user's words first, then our defaults.
#pragma once

#include <string>
#include <vector>

namespace sp::load {

// Keywords and values for PQconnectdbParams with expand_dbname; the texts belong to this object.
class ConnectParameters {
 public:
  // Throws Error(kUsage) where `dsn` is not a connection string; the message does not repeat it.
  explicit ConnectParameters(const std::string& dsn);
  const char* const* keywords() const { return keywords_.data(); }
  const char* const* values() const { return values_.data(); }

 private:
  void add(const char* keyword, const char* value);
  std::string dsn_;
  std::vector<const char*> keywords_, values_;
};

// libpq tells no SQLSTATE for a connection that failed. This tries once more, for at most two
// seconds, in a way that does; empty where the server was not reached or gave none.
std::string sqlstate_of_failure(const ConnectParameters& parameters);

}  // namespace sp::load
