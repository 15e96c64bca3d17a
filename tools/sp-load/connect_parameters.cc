#include "connect_parameters.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string_view>

#include "sp/base/diagnostic.h"

namespace sp::load {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using ConninfoOptions = std::unique_ptr<PQconninfoOption, FreeOptions>;

// A server that vanished without a word is noticed after some 40 s, not after two hours.
constexpr struct {
  const char* keyword;
  const char* value;
} kDefaults[] = {
    {"connect_timeout", "10"}, {"keepalives_idle", "20"},     {"keepalives_interval", "5"},
    {"keepalives_count", "4"}, {"tcp_user_timeout", "40000"},
};

void add_given(std::set<std::string_view>& given, const PQconninfoOption* option) {
  for (; option != nullptr && option->keyword != nullptr; ++option) {
    if (option->val != nullptr) given.insert(option->keyword);
  }
}

bool is_sqlstate(std::string_view word) {
  return word.size() == 5 && std::all_of(word.begin(), word.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

// The last word of "connection to server ... failed: FATAL:  28P01".
std::string last_sqlstate(std::string_view message) {
  while (!message.empty() && message.back() <= ' ') message.remove_suffix(1);
  const std::string_view word = message.substr(message.find_last_of(" \n") + 1);
  return is_sqlstate(word) ? std::string(word) : "";
}

}  // namespace

void ConnectParameters::add(const char* keyword, const char* value) {
  keywords_.push_back(keyword);
  values_.push_back(value);
}

ConnectParameters::ConnectParameters(const std::string& dsn) : dsn_(dsn) {
  std::set<std::string_view> given;
  const ConninfoOptions defaults(PQconndefaults());  // environment and PGSERVICE
  add_given(given, defaults.get());
  ConninfoOptions parsed;
  const bool is_connection_string = dsn.find('=') != std::string::npos ||
                                    dsn.starts_with("postgresql://") ||
                                    dsn.starts_with("postgres://");
  if (is_connection_string) {
    char* message = nullptr;  // repeats parts of the string, a password perhaps
    parsed.reset(PQconninfoParse(dsn.c_str(), &message));
    PQfreemem(message);
    if (!parsed) {
      throw Error(ExitCode::kUsage,
                  "--dsn is not a connection string: expected postgresql://... or "
                  "'host=... dbname=...' (its text is not shown, for it may hold a "
                  "password)");
    }
    add_given(given, parsed.get());
  }
  for (const auto& option : kDefaults) {
    if (!given.contains(option.keyword)) add(option.keyword, option.value);
  }
  add("fallback_application_name", "sp-load");
  if (!dsn_.empty()) add("dbname", dsn_.c_str());
  add("client_encoding", "UTF8");
  add(nullptr, nullptr);
}

std::string sqlstate_of_failure(const ConnectParameters& parameters) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::seconds(2);
  const std::unique_ptr<PGconn, void (*)(PGconn*)> probe(
      PQconnectStartParams(parameters.keywords(), parameters.values(), 1), PQfinish);
  if (!probe || PQstatus(probe.get()) == CONNECTION_BAD) return "";
  PQsetErrorVerbosity(probe.get(), PQERRORS_SQLSTATE);
  for (auto state = PGRES_POLLING_WRITING;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return "";
    const short wanted = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    pollfd wait{PQsocket(probe.get()), wanted, 0};
    ::poll(&wait, 1, static_cast<int>(left.count()));
    if (wait.revents == 0) continue;
    state = PQconnectPoll(probe.get());
    if (state == PGRES_POLLING_FAILED) return last_sqlstate(PQerrorMessage(probe.get()));
    if (state == PGRES_POLLING_OK) return "";
  }
}

}  // namespace sp::load
