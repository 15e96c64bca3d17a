// A connection to PostgreSQL and the results of its commands: libpq's objects with owners.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "sp-load/db/database_error.h"
#include "sp/base/diagnostic.h"

namespace sp::load {

// Owns what the server answered. Texts are valid as long as the result.
class Result {
 public:
  explicit Result(PGresult* result) : result_(result) {}
  PGresult* get() const { return result_.get(); }
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
    void operator()(PGresult* r) const { PQclear(r); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

using Param = std::optional<std::string>;  // none: NULL

struct ConnectOptions {
  std::string dsn;             // empty: libpq's environment decides. Never part of a message
  std::string default_schema;  // searched after pg_catalog
  std::chrono::milliseconds answer_timeout;  // of silence, then the connection counts as lost
};

// A transaction, and the server's session that runs it, so that a later one can end it.
struct TransactionId {
  std::string pid, session_started, started;
};

class Connection {
 public:
  // Connects by libpq's rules (environment, service file, password file). Throws DatabaseError,
  // Error(kUsage) for a `dsn` that is not a connection string, Error(kConfig) for a database that
  // is set read-only. Notices of the server go to `log`, which must outlive the connection.
  Connection(const ConnectOptions& options, const Log& log);

  // Begins a transaction with its settings, see session.h, which end with it: behind a pooler the
  // server's session is another client's then. `settings` are more of them. Throws DatabaseError.
  TransactionId begin(const std::string& settings = "");
  // Runs one command in a transaction of its own, or in the one that has begun. Throws
  // DatabaseError.
  Result run_alone(const std::string& sql);

  // Runs one command, or several without parameters. Throws DatabaseError.
  Result run(const std::string& sql);
  Result run(const std::string& sql, std::span<const Param> params);
  // The same where the answer is one row with one column.
  std::string run_for_text(const std::string& sql, std::span<const Param> params = {});

  // Data of a COPY that run() began. False where the server has ended it: finish_copy() tells why.
  bool send_copy_data(std::string_view bytes);
  // Ends the COPY; with `reason` the server forgets it. The result is the server's answer.
  Result finish_copy(const char* reason = nullptr);

  // `name` in double quotes, as SQL wants it.
  std::string identifier(const std::string& name) const;
  // `text` as a string of SQL.
  std::string literal(const std::string& text) const;
  std::string qualified(const std::string& schema, const std::string& name) const {
    return identifier(schema) + "." + identifier(name);
  }
  // What errors from now on are said to be of; the phase before. See PhaseScope.
  Phase enter(Phase phase) { return std::exchange(phase_, phase); }
  bool is_lost() const { return PQstatus(get()) != CONNECTION_OK; }

 private:
  PGconn* get() const { return connection_.get(); }
  Result answer(int was_sent);
  Result last_result();
  PGresult* next_result();
  bool flush();
  void wait(short events);
  DatabaseError error() const;
  DatabaseError error_of(const PGresult* result) const;
  struct Finish {
    void operator()(PGconn* c) const { PQfinish(c); }
  };
  std::unique_ptr<PGconn, Finish> connection_;
  std::chrono::milliseconds answer_timeout_;
  std::string settings_;  // of each transaction
  Phase phase_ = Phase::kConnect;
};

// For as long as it lives, errors are of `phase`.
class PhaseScope {
 public:
  PhaseScope(Connection& connection, Phase phase)
      : connection_(connection), before_(connection.enter(phase)) {}
  ~PhaseScope() { connection_.enter(before_); }
  PhaseScope(const PhaseScope&) = delete;
  PhaseScope& operator=(const PhaseScope&) = delete;

 private:
  Connection& connection_;
  Phase before_;
};

}  // namespace sp::load
