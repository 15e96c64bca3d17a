// Telling the service manager how things are (systemd's Type=notify and WatchdogSec=): one datagram
// to the socket that it names in $NOTIFY_SOCKET. Without that variable every call does nothing.
//
// Messages are best effort, as sd_notify(3) has them: a manager that is not there must not stop the
// work. The constructor takes the variables out of the environment, so that commands cannot speak
// in sp-watch's name; call it before threads start.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace sp::watch {

class ServiceNotifier {
 public:
  using Clock = std::chrono::steady_clock;

  ServiceNotifier();
  ~ServiceNotifier();
  ServiceNotifier(const ServiceNotifier&) = delete;
  ServiceNotifier& operator=(const ServiceNotifier&) = delete;

  void ready() const { send("READY=1"); }
  // A line for people: what systemctl status shows.
  void status(const std::string& text) const { send("STATUS=" + text); }
  void stopping() const { send("STOPPING=1"); }
  // Feeds the watchdog when half of its time is over. Call it on every turn of the main loop and
  // nowhere else: a loop that hangs must starve it.
  void tick(Clock::time_point now);
  // Half of WatchdogSec; zero where no watchdog waits. The loop must turn at least that often.
  std::chrono::microseconds watchdog_interval() const { return interval_; }

 private:
  void send(std::string_view message) const;
  int socket_ = -1;  // owned
  std::string address_;
  std::chrono::microseconds interval_{0};
  Clock::time_point next_{};
};

}  // namespace sp::watch
