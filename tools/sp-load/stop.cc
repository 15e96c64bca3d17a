#include "sp-load/stop.h"

#include <poll.h>

#include <csignal>
#include <ctime>

namespace sp::load {
namespace {

constexpr int kSignals[] = {SIGTERM, SIGURG};

volatile std::sig_atomic_t asked = 0;

extern "C" void note_stop(int) { asked = 1; }

}  // namespace

void listen_for_stop() {
  for (const int signal : kSignals) {
    struct sigaction action = {};
    action.sa_handler = note_stop;
    action.sa_flags = SA_RESTART | (signal == SIGTERM ? static_cast<int>(SA_RESETHAND) : 0);
    ::sigaction(signal, &action, nullptr);
  }
}

bool asked_to_stop() { return asked != 0; }

// Only ppoll lets the signals in, so that none comes between the look and the wait.
void sleep_until_stop(std::chrono::milliseconds delay) {
  sigset_t signals;
  sigset_t before;
  sigemptyset(&signals);
  for (const int signal : kSignals) sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, &before);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(delay);
  const timespec time = {seconds.count(), std::chrono::nanoseconds(delay - seconds).count()};
  if (!asked_to_stop()) ::ppoll(nullptr, 0, &time, &before);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace sp::load
