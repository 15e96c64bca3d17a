#include "sp-load/db/connection.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <vector>

#include "sp-load/db/connect_failure.h"
#include "sp-load/db/connect_parameters.h"
#include "sp-load/session.h"
#include "sp/number/number.h"

namespace sp::load {
namespace {

std::string trimmed(const char* message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (char& c : text) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return text;
}

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

bool is_good(ExecStatusType status) {
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN;
}

void receive_notice(void* log, const PGresult* notice) {
  const std::string severity = field(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  const std::string message = field(notice, PG_DIAG_MESSAGE_PRIMARY);
  const Log& to = *static_cast<const Log*>(log);
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

Connection::Connection(const ConnectOptions& options, const Log& log)
    : answer_timeout_(options.answer_timeout) {
  const ConnectParameters parameters(options.dsn);
  connection_.reset(PQconnectdbParams(parameters.keywords(), parameters.values(), 1));
  if (!connection_) throw std::bad_alloc();
  if (is_lost()) throw connect_failure(parameters, trimmed(PQerrorMessage(get())));
  PQsetNoticeReceiver(get(), receive_notice, const_cast<Log*>(&log));
  PQsetnonblocking(get(), 1);
  settings_ = transaction_settings(*this, options.default_schema, answer_timeout_);
  require_writable(*this);
  phase_ = Phase::kPrepare;
}

TransactionId Connection::begin(const std::string& settings) {
  const Result self = run(
      "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;" + settings_ + settings +
      "SELECT pid, backend_start, xact_start FROM pg_stat_activity WHERE pid = pg_backend_pid()");
  if (self.rows() != 1) return {};
  return {self.string(0, 0), self.string(0, 1), self.string(0, 2)};
}

Result Connection::run_alone(const std::string& sql) { return run(settings_ + sql); }

DatabaseError Connection::error() const {
  DatabaseError out(trimmed(PQerrorMessage(get())));
  out.phase = phase_;
  out.connection_lost = true;
  return out;
}

DatabaseError Connection::error_of(const PGresult* result) const {
  const std::string message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  DatabaseError out(message.empty() ? trimmed(PQresultErrorMessage(result)) : message);
  out.sqlstate = field(result, PG_DIAG_SQLSTATE);
  out.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
  out.hint = field(result, PG_DIAG_MESSAGE_HINT);
  out.context = field(result, PG_DIAG_CONTEXT);
  out.table = field(result, PG_DIAG_TABLE_NAME);
  out.column = field(result, PG_DIAG_COLUMN_NAME);
  out.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
  out.phase = phase_;
  out.connection_lost = is_lost();
  return out;
}

// Waits until the socket is ready, but not for ever: a peer may keep a connection open and say
// nothing.
void Connection::wait(short events) {
  pollfd ready{PQsocket(get()), events, 0};
  const auto limit = std::min<std::chrono::milliseconds::rep>(answer_timeout_.count(), INT_MAX);
  int count = 0;
  do {
    count = ::poll(&ready, 1, static_cast<int>(limit));
  } while (count < 0 && errno == EINTR);
  if (count > 0) return;
  DatabaseError silent("the server has not answered for " +
                       std::to_string((answer_timeout_.count() + 999) / 1000) +
                       " s (--answer-timeout)");
  silent.connection_lost = true;
  throw silent;
}

// Sends what libpq holds, and meanwhile takes what the server says. False where the connection
// broke: why may be among what it said, and is then the next result.
bool Connection::flush() {
  for (;;) {
    const int left = PQflush(get());
    if (left <= 0) return left == 0;
    wait(POLLIN | POLLOUT);
    if (PQconsumeInput(get()) != 1) return false;
  }
}

PGresult* Connection::next_result() {
  while (PQisBusy(get()) != 0) {
    wait(POLLIN);
    if (PQconsumeInput(get()) != 1) break;  // the lost connection is the next result
  }
  return PQgetResult(get());
}

// Of several commands the last one's. The first error ends them: where the connection breaks as
// well, it tells why.
Result Connection::last_result() {
  Result last(nullptr);
  bool failed = false;
  while (PGresult* raw = next_result()) {
    Result next(raw);
    const ExecStatusType status = PQresultStatus(raw);
    if (!failed) last = std::move(next);
    failed = failed || !is_good(status);
    if (status == PGRES_COPY_IN || is_lost()) break;
  }
  if (last.get() == nullptr) throw error();
  if (failed) throw error_of(last.get());
  return last;
}

Result Connection::answer(int was_sent) {
  if (was_sent != 1) throw error();
  flush();
  return last_result();
}

Result Connection::run(const std::string& sql) { return answer(PQsendQuery(get(), sql.c_str())); }

Result Connection::run(const std::string& sql, std::span<const Param> params) {
  std::vector<const char*> values;
  for (const Param& param : params) values.push_back(param ? param->c_str() : nullptr);
  return answer(PQsendQueryParams(get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                                  values.data(), nullptr, nullptr, 0));
}

std::string Connection::run_for_text(const std::string& sql, std::span<const Param> params) {
  const Result result = run(sql, params);
  if (result.rows() != 1) throw Error(ExitCode::kSoftware, "expected one row from: " + sql);
  return result.string(0, 0);
}

bool Connection::send_copy_data(std::string_view bytes) {
  return PQputCopyData(get(), bytes.data(), static_cast<int>(bytes.size())) == 1 && flush();
}

Result Connection::finish_copy(const char* reason) {
  // Where the server has ended the COPY there is nothing to end, but a result to fetch.
  if (PQputCopyEnd(get(), reason) == 1) flush();
  return last_result();
}

std::string Connection::literal(const std::string& text) const {
  const std::unique_ptr<char, void (*)(void*)> quoted(
      PQescapeLiteral(get(), text.data(), text.size()), PQfreemem);
  if (!quoted) throw error();
  return quoted.get();
}

std::string Connection::identifier(const std::string& name) const {
  const std::unique_ptr<char, void (*)(void*)> quoted(
      PQescapeIdentifier(get(), name.data(), name.size()), PQfreemem);
  if (!quoted) throw error();
  return quoted.get();
}

}  // namespace sp::load
