#include "sp-watch/say/sd_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace sp::watch {
namespace {

// The variable's value, which is then gone from the environment.
std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string copy = value == nullptr ? "" : value;
  ::unsetenv(name);
  return copy;
}

long long number_of(const std::string& text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : 0;
}

}  // namespace

ServiceNotifier::ServiceNotifier() : address_(take_variable("NOTIFY_SOCKET")) {
  const long long watchdog_usec = number_of(take_variable("WATCHDOG_USEC"));
  const std::string pid = take_variable("WATCHDOG_PID");
  const bool is_path = !address_.empty() && (address_[0] == '/' || address_[0] == '@');
  if (!is_path || address_.size() >= sizeof(sockaddr_un::sun_path)) {
    address_.clear();
    return;
  }
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const bool for_us = pid.empty() || number_of(pid) == ::getpid();
  if (for_us && watchdog_usec > 0) interval_ = std::chrono::microseconds{watchdog_usec / 2};
}

ServiceNotifier::~ServiceNotifier() {
  if (socket_ >= 0) ::close(socket_);
}

void ServiceNotifier::tick(Clock::time_point now) {
  if (interval_.count() == 0 || now < next_) return;
  next_ = now + interval_ / 2;
  send("WATCHDOG=1");
}

void ServiceNotifier::send(std::string_view message) const {
  if (socket_ < 0) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';  // the abstract name space
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  // The socket does not block: a manager whose queue is full gets the next one.
  static_cast<void>(::sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&to), length));
}

}  // namespace sp::watch
