#include "sp-load/db/connect_failure.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <string_view>

#include "sp-load/db/wrong_parameters.h"

namespace sp::load {
namespace {

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

// Whether the server is there and has not said an error ('E'): if libpq gives up now, then by
// itself.
bool is_content(const pollfd& peer) {
  if ((peer.revents & POLLIN) == 0) return (peer.revents & (POLLERR | POLLHUP)) == 0;
  char first = 0;
  return ::recv(peer.fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && first != 'E';
}

struct Answer {
  std::string sqlstate;   // that the server gave
  bool refused_by_libpq;  // the server is there, and libpq does not take what it offers
};

// Asks the server once more, for at most two seconds. Which server of several it is does not
// matter: that none is as target_session_attrs wants it may pass.
Answer ask_again(const ConnectParameters& parameters) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::seconds(2);
  const ConnectOptionValues any_server = {{"target_session_attrs", "any"}};
  const ConnectionStart probe = ChangedParameters(parameters, any_server).start();
  if (!probe || PQstatus(probe.get()) == CONNECTION_BAD) return {"", false};
  PQsetErrorVerbosity(probe.get(), PQERRORS_SQLSTATE);
  for (auto state = PGRES_POLLING_WRITING;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return {"", false};
    const short wanted = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    pollfd peer{PQsocket(probe.get()), wanted, 0};
    ::poll(&peer, 1, static_cast<int>(left.count()));
    if (peer.revents == 0) continue;
    const bool content = is_content(peer);
    state = PQconnectPoll(probe.get());
    if (state == PGRES_POLLING_OK) return {"", false};
    if (state != PGRES_POLLING_FAILED) continue;
    const std::string sqlstate = last_sqlstate(PQerrorMessage(probe.get()));
    return {sqlstate, sqlstate.empty() && content};
  }
}

DatabaseError failure(const std::string& message) {
  DatabaseError out(message);
  out.connection_lost = true;
  out.phase = Phase::kConnect;
  return out;
}

}  // namespace

DatabaseError connect_failure(const ConnectParameters& parameters, const std::string& said) {
  if (const auto wrong = wrong_parameters(parameters, said)) {
    DatabaseError out = failure(*wrong);
    out.hopeless = true;
    return out;
  }
  const Answer answer = ask_again(parameters);
  DatabaseError out = failure(said);
  out.sqlstate = answer.sqlstate;
  out.hopeless = answer.refused_by_libpq;
  return out;
}

}  // namespace sp::load
