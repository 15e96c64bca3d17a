#include "sp-load/session.h"

#include "sp/base/diagnostic.h"

namespace sp::load {
namespace {

void refuse_standby() {
  DatabaseError standby("the server is a hot standby, which nobody can write to");
  standby.sqlstate = "25006";
  standby.phase = Phase::kConnect;
  throw standby;
}

// Whoever freezes a database sets this, and it must hold for us as well.
void refuse_frozen(Connection& connection) {
  const Result frozen = connection.run(
      "SELECT current_database(), CASE source"
      " WHEN 'database' THEN format('ALTER DATABASE %I RESET %I', current_database(), name)"
      " WHEN 'user' THEN format('ALTER ROLE %I RESET %I', session_user, name)"
      " WHEN 'database user' THEN format('ALTER ROLE %I IN DATABASE %I RESET %I', session_user,"
      " current_database(), name) WHEN 'global' THEN format('ALTER ROLE ALL RESET %I', name)"
      " WHEN 'client' THEN 'the connection sets it: see PGOPTIONS and options='"
      " ELSE 'the configuration of the server sets it' END"
      " FROM pg_settings WHERE name = 'default_transaction_read_only'");
  throw Error(ExitCode::kConfig, "database " + frozen.string(0, 0) +
                                     " is set read-only (default_transaction_read_only is on), and "
                                     "nothing is written; to open it: " +
                                     frozen.string(0, 1));
}

}  // namespace

void require_writable(Connection& connection) {
  const Result server = connection.run(
      "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')::boolean");
  if (server.truth(0, 0)) refuse_standby();
  if (server.truth(0, 1)) refuse_frozen(connection);
}

// The rows must not depend on any of these, and a commit that is reported is on the disk. The
// server, too, gives up a client that went silent, and with it the locks that its transaction
// holds; its timeouts for statements and locks are left to the operator.
std::string transaction_settings(const Connection& connection, const std::string& default_schema,
                                 std::chrono::milliseconds answer_timeout) {
  return "SET LOCAL search_path = pg_catalog, " + connection.identifier(default_schema) +
         ", pg_temp; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = postgres;"
         "SET LOCAL TimeZone = 'UTC'; SET LOCAL client_encoding = 'UTF8';"
         "SET LOCAL standard_conforming_strings = on; SET LOCAL extra_float_digits = 1;"
         "SET LOCAL client_min_messages = notice; SET LOCAL tcp_keepalives_idle = 20;"
         "SET LOCAL tcp_keepalives_interval = 5; SET LOCAL tcp_keepalives_count = 4;"
         "SET LOCAL idle_in_transaction_session_timeout = " +
         std::to_string(answer_timeout.count()) +
         "; SELECT set_config('synchronous_commit', 'on', true)"
         " WHERE current_setting('synchronous_commit') IN ('off', 'local');";
}

}  // namespace sp::load
