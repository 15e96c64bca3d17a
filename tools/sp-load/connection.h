// A connection to PostgreSQL and the results of its commands: libpq's objects
// with owners.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "database_error.h"
#include "sp/diagnostic.h"

namespace sp::load {

// Owns what the server answered. Texts are valid as long as the result.
class Result {
 public:
  explicit Result(PGresult *result) : result_(result) {}
  PGresult *get() const { return result_.get(); }
  int rows() const { return PQntuples(get()); }
  bool is_null(int row, int column) const { return PQgetisnull(get(), row, column) != 0; }
  std::string_view text(int row, int column) const {
    return {PQgetvalue(get(), row, column),
            static_cast<std::size_t>(PQgetlength(get(), row, column))};
  }
  std::string string(int row, int column) const { return std::string(text(row, column)); }
  bool truth(int row, int column) const { return text(row, column) == "t"; }
  std::int64_t integer(int row, int column) const;
  // Rows that an INSERT or COPY says it wrote.
  std::uint64_t affected() const;

 private:
  struct Clear {
    void operator()(PGresult *r) const { PQclear(r); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

using Param = std::optional<std::string>;  // none: NULL

class Connection {
 public:
  // Connects by libpq's rules (environment, service file, password file) and by
  // `dsn` where it is not empty, and makes the session independent of what its
  // role has set. Throws DatabaseError, and Error(kUsage) for a `dsn` that is
  // not a connection string. `dsn` is never part of a message. Notices of the
  // server go to `log`, which must outlive the connection.
  Connection(const std::string &dsn, const std::string &default_schema, const Log &log);

  // Runs one command, or several without parameters. Throws DatabaseError.
  Result run(const std::string &sql);
  Result run(const std::string &sql, std::span<const Param> params);
  // The same where the answer is one row with one column.
  std::string run_for_text(const std::string &sql, std::span<const Param> params = {});

  // `name` in double quotes, as SQL wants it.
  std::string identifier(const std::string &name) const;
  std::string qualified(const std::string &schema, const std::string &name) const {
    return identifier(schema) + "." + identifier(name);
  }

  PGconn *get() const { return connection_.get(); }
  // The error of a result that is not what was expected.
  DatabaseError error_of(const PGresult *result) const;
  // The error of the connection itself.
  DatabaseError error() const;

 private:
  Result checked(PGresult *result);
  void prepare_session(const std::string &default_schema);
  struct Finish {
    void operator()(PGconn *c) const { PQfinish(c); }
  };
  std::unique_ptr<PGconn, Finish> connection_;
};

}  // namespace sp::load
