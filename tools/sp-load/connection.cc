#include "connection.h"

#include <vector>

#include "connect_parameters.h"
#include "sp/number.h"

namespace sp::load {
namespace {

std::string trimmed(const char *message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (char &c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

std::string field(const PGresult *result, int code) {
  const char *text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

void receive_notice(void *log, const PGresult *notice) {
  const std::string severity = field(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  const std::string message = field(notice, PG_DIAG_MESSAGE_PRIMARY);
  const Log &to = *static_cast<const Log *>(log);
  severity == "WARNING" ? to.warning(message) : to.info(message);
}

}  // namespace

std::int64_t Result::integer(int row, int column) const {
  std::int64_t value = 0;
  if (is_null(row, column) || !parse_int64(text(row, column), value)) {
    throw Error(ExitCode::kSoftware,
                "the server's answer is not an integer: " + string(row, column));
  }
  return value;
}

std::uint64_t Result::affected() const {
  std::int64_t count = 0;
  if (!parse_int64(PQcmdTuples(get()), count) || count < 0) {
    throw Error(ExitCode::kSoftware,
                std::string("the server's answer has no number of rows: ") + PQcmdStatus(get()));
  }
  return static_cast<std::uint64_t>(count);
}

Connection::Connection(const std::string &dsn, const std::string &default_schema, const Log &log) {
  const ConnectParameters parameters(dsn);
  connection_.reset(PQconnectdbParams(parameters.keywords(), parameters.values(), 1));
  if (!connection_) throw std::bad_alloc();
  if (PQstatus(get()) != CONNECTION_OK) {
    DatabaseError failure = error();
    failure.sqlstate = sqlstate_of_failure(parameters);
    throw failure;
  }
  PQsetNoticeReceiver(get(), receive_notice, const_cast<Log *>(&log));
  prepare_session(default_schema);
}

// Roles and databases may set any of these; the rows must not depend on it. A
// stream may make the server wait as long as it likes. A commit that is
// reported is on the disk.
void Connection::prepare_session(const std::string &default_schema) {
  run("SET search_path = pg_catalog, " + identifier(default_schema) +
      ", pg_temp;"
      "SET DateStyle = 'ISO, YMD'; SET IntervalStyle = postgres; SET TimeZone "
      "= 'UTC';"
      "SET client_encoding = 'UTF8'; SET standard_conforming_strings = on;"
      "SET extra_float_digits = 1; SET client_min_messages = notice;"
      "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;"
      "SELECT set_config('synchronous_commit', 'on', false)"
      " WHERE current_setting('synchronous_commit') IN ('off', 'local')");
}

DatabaseError Connection::error() const {
  DatabaseError out(trimmed(PQerrorMessage(get())));
  out.connection_lost = true;
  return out;
}

DatabaseError Connection::error_of(const PGresult *result) const {
  const std::string message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  DatabaseError out(message.empty() ? trimmed(PQerrorMessage(get())) : message);
  out.sqlstate = field(result, PG_DIAG_SQLSTATE);
  out.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
  out.hint = field(result, PG_DIAG_MESSAGE_HINT);
  out.context = field(result, PG_DIAG_CONTEXT);
  out.column = field(result, PG_DIAG_COLUMN_NAME);
  out.connection_lost = PQstatus(get()) != CONNECTION_OK;
  return out;
}

Result Connection::checked(PGresult *raw) {
  if (raw == nullptr) throw error();
  Result result(raw);
  const ExecStatusType status = PQresultStatus(raw);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN) {
    throw error_of(raw);
  }
  return result;
}

Result Connection::run(const std::string &sql) { return checked(PQexec(get(), sql.c_str())); }

Result Connection::run(const std::string &sql, std::span<const Param> params) {
  std::vector<const char *> values;
  for (const Param &param : params) values.push_back(param ? param->c_str() : nullptr);
  return checked(PQexecParams(get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                              values.data(), nullptr, nullptr, 0));
}

std::string Connection::run_for_text(const std::string &sql, std::span<const Param> params) {
  const Result result = run(sql, params);
  if (result.rows() != 1) throw Error(ExitCode::kSoftware, "expected one row from: " + sql);
  return result.string(0, 0);
}

std::string Connection::identifier(const std::string &name) const {
  const std::unique_ptr<char, void (*)(void *)> quoted(
      PQescapeIdentifier(get(), name.data(), name.size()), PQfreemem);
  if (!quoted) throw error();
  return quoted.get();
}

}  // namespace sp::load
