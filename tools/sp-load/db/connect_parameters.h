// What libpq is told about the connection: the user's words first, then our defaults.
#pragma once

#include <libpq-fe.h>

#include <map>
#include <memory>
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

using ConnectOptionValues = std::map<std::string, std::string>;  // by libpq's keyword
using ConnectionStart = std::unique_ptr<PGconn, void (*)(PGconn*)>;

// The parameters with others in the place of some. Both must outlive it.
class ChangedParameters {
 public:
  ChangedParameters(const ConnectParameters& parameters, const ConnectOptionValues& changes);
  // PQconnectStartParams and PQpingParams.
  ConnectionStart start() const;
  PGPing ping() const;

 private:
  void add(const char* keyword, const char* value);
  std::vector<const char*> keywords_, values_;
};

}  // namespace sp::load
