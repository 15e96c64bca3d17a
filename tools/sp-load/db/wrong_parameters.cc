#include "sp-load/db/wrong_parameters.h"

#include <libpq-fe.h>
#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

namespace sp::load {
namespace {

// What environment, service file and --dsn come to. No try is made with what libpq cannot take.
ConnectOptionValues effective_options(const ConnectParameters& parameters) {
  const ConnectOptionValues impossible = {{"sslmode", "-"}, {"password", "-"}};
  const ConnectionStart none = ChangedParameters(parameters, impossible).start();
  ConnectOptionValues out;
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
      none ? PQconninfo(none.get()) : nullptr, PQconninfoFree);
  for (const PQconninfoOption* o = options.get(); o != nullptr && o->keyword != nullptr; ++o) {
    if (o->val != nullptr) out[o->keyword] = o->val;
  }
  return out;
}

// Of a list of hosts or ports.
std::vector<std::string> items(const std::string& list) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    out.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

// libpq tells parameters that it would not even try with by PQPING_NO_ATTEMPT. So that it tries
// nothing with the others either, there is no such host.
bool are_refused(const ConnectParameters& parameters, const ConnectOptionValues& effective) {
  ConnectOptionValues nowhere = {{"password", "-"}};  // the password file is not read again
  for (const auto& [keyword, place] :
       {std::pair{"host", "/dev/null"}, std::pair{"hostaddr", "-"}}) {
    const auto given = effective.find(keyword);
    if (given == effective.end()) continue;
    std::string& places = nowhere[keyword];
    for (std::size_t i = 0; i < items(given->second).size(); ++i) {
      places += (i == 0 ? "" : ",") + std::string(place);
    }
  }
  if (!nowhere.contains("hostaddr")) nowhere.emplace("host", "/dev/null");
  return ChangedParameters(parameters, nowhere).ping() == PQPING_NO_ATTEMPT;
}

bool is_integer(const std::string& text, long low, long high) {
  char* end = nullptr;
  errno = 0;
  const long value = std::strtol(text.c_str(), &end, 10);
  while (*end == ' ') ++end;
  return end != text.c_str() && *end == '\0' && errno == 0 && value >= low && value <= high;
}

// An empty one is the default.
bool is_port(const std::string& text) { return text.empty() || is_integer(text, 1, 65535); }

// Not a folder of sockets, and not the abstract name of one.
bool is_host(const std::string& text) {
  return text.starts_with('/') || text.find('@', 1) == std::string::npos;
}

// By numbers: nobody is asked.
bool is_address(const std::string& text) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (text.empty()) return true;
  if (::getaddrinfo(text.c_str(), nullptr, &hints, &found) != 0) return false;
  ::freeaddrinfo(found);
  return true;
}

bool are_all(bool (*is)(const std::string&), const std::string& list) {
  const std::vector<std::string> all = items(list);
  return std::all_of(all.begin(), all.end(), is);
}

// libpq reads numbers only when it needs them. A URI whose password holds / or @ has parts of it in
// the places of port and host: what stands there is not repeated.
std::optional<std::string> wrong_value(const ConnectOptionValues& effective) {
  for (const auto& [keyword, value] : effective) {
    if (keyword == "port" && !are_all(is_port, value)) {
      return "connection option port: expected a number from 1 to 65535";
    }
    if (keyword == "host" && !are_all(is_host, value)) {
      return "connection option host: no name of a host holds @; in a URI an @ of the password is "
             "written %40";
    }
    if (keyword == "hostaddr" && !are_all(is_address, value)) {
      return "connection option hostaddr: expected an IP address";
    }
    const bool is_number = keyword == "connect_timeout" || keyword == "tcp_user_timeout" ||
                           keyword.starts_with("keepalives");
    if (is_number && !is_integer(value, INT_MIN, INT_MAX)) {
      return "connection option " + keyword + ": expected a whole number";
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> wrong_parameters(const ConnectParameters& parameters,
                                            const std::string& said) {
  const ConnectOptionValues effective = effective_options(parameters);
  if (auto wrong = wrong_value(effective)) return wrong;
  // Since libpq 17 another peer ends the start, as an absent server does; the message names this in
  // every language.
  if (effective.contains("requirepeer") && said.find("requirepeer") != std::string::npos)
    return said;
  return are_refused(parameters, effective) ? std::optional(said) : std::nullopt;
}

}  // namespace sp::load
