#include "sp-watch/run/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <iterator>

namespace sp::watch {
namespace {

struct StatusRow {
  int status;
  const char* name;
  Action action;
};
// sysexits.h as the tools use it, and the shell's two for a command that it cannot start.
constexpr StatusRow kStatuses[] = {
    {0, "OK", Action::kDone},
    {64, "USAGE", Action::kConfig},
    {65, "DATAERR", Action::kQuarantine},
    {66, "NOINPUT", Action::kRetry},
    {70, "SOFTWARE", Action::kCrash},
    {74, "IOERR", Action::kRetry},
    {75, "TEMPFAIL", Action::kRetry},
    {78, "CONFIG", Action::kConfig},
    {126, "cannot be executed", Action::kConfig},
    {127, "command not found", Action::kConfig},
};

const StatusRow* row_of(int status) {
  const auto* end = std::end(kStatuses);
  const auto* row = std::find_if(std::begin(kStatuses), end,
                                 [&](const StatusRow& r) { return r.status == status; });
  return row == end ? nullptr : row;
}

// By these a program ends that goes wrong itself; others come from outside.
constexpr int kFaults[] = {SIGILL,  SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
                           SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS};

// As shells and sp-pipeline tell of a program that they ran and that a signal ended; 0: of none.
int signal_within(int status) {
  constexpr int kBase = 128, kMost = 31;
  return status > kBase && status <= kBase + kMost ? status - kBase : 0;
}

bool is_fault(int signal) {
  return std::find(std::begin(kFaults), std::end(kFaults), signal) != std::end(kFaults);
}

}  // namespace

Action action_of(const Ending& ending) {
  if (ending.signal != 0) return Action::kCrash;
  if (ending.timed_out && ending.status != 0) return Action::kCrash;
  if (const int signal = signal_within(ending.status); signal != 0) {
    return is_fault(signal) ? Action::kCrash : Action::kRetry;
  }
  const StatusRow* row = row_of(ending.status);
  return row == nullptr ? Action::kCrash : row->action;
}

std::string describe(const Ending& ending) {
  if (ending.timed_out && action_of(ending) != Action::kDone) return "killed after --timeout";
  if (ending.signal != 0) {
    return fmt::format("killed by signal {} ({})", ending.signal, ::strsignal(ending.signal));
  }
  if (const int signal = signal_within(ending.status); signal != 0) {
    return fmt::format("exit status {}, of signal {} ({})", ending.status, signal,
                       ::strsignal(signal));
  }
  const StatusRow* row = row_of(ending.status);
  if (row == nullptr) return fmt::format("exit status {}", ending.status);
  return fmt::format("exit status {} ({})", ending.status, row->name);
}

std::string_view reason_of(const Ending& ending) {
  if (ending.timed_out && action_of(ending) != Action::kDone) return kTimeoutReason;
  if (ending.signal != 0 || signal_within(ending.status) != 0) return kSignalReason;
  const StatusRow* row = row_of(ending.status);
  return row == nullptr ? kOtherReason : row->name;
}

std::vector<std::string_view> retry_reasons() {
  std::vector<std::string_view> out = {kTimeoutReason, kSignalReason, kOtherReason, kChangedReason};
  for (const StatusRow& row : kStatuses) {
    if (row.action != Action::kDone && row.action != Action::kQuarantine) out.push_back(row.name);
  }
  return out;
}

Millis backoff(const RetryPolicy& policy, unsigned attempt, double random) {
  const unsigned doublings = std::min(attempt == 0 ? 0u : attempt - 1, 30u);
  const double longest = static_cast<double>(policy.longest.count());
  const double whole = std::min(
      static_cast<double>(policy.first.count()) * static_cast<double>(1u << doublings), longest);
  return Millis(static_cast<Millis::rep>(whole / 2 + whole / 2 * random));
}

Millis retry_delay(const RetryPolicy& policy, Action action, unsigned attempt, double random) {
  const Millis delay = backoff(policy, attempt, random);
  return action == Action::kConfig ? std::max(delay, policy.config) : delay;
}

Brake::Brake(const RetryPolicy& policy) {
  policy_.first = std::min(policy_.first, policy.first);
  policy_.longest = std::min(policy_.longest, policy.longest);
}

void Brake::first_attempt_failed(TimePoint now, double random) {
  ++failures_;
  until_ = now + backoff(policy_, failures_, random);
}

std::optional<TimePoint> Brake::held_until(TimePoint now) const {
  if (failures_ == 0 || until_ <= now) return std::nullopt;
  return until_;
}

}  // namespace sp::watch
