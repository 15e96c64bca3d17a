// What becomes of a job by how its command ended, and when it is tried again. Pure: time and chance
// come from the caller.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp-watch/clock.h"

namespace sp::watch {

// How a run of the command ended.
struct Ending {
  int status = 0;          // exit status, where signal is 0
  int signal = 0;          // the signal that ended it
  bool timed_out = false;  // by --timeout
};

enum class Action {
  kDone,        // done/
  kQuarantine,  // quarantine/
  kRetry,       // the world is not ready (database away, disk full): again, for ever
  kConfig,      // the operator must mend something: again, seldom, for ever
  kCrash,       // again a few times, then failed/
};

Action action_of(const Ending& ending);
// "exit status 75 (TEMPFAIL)", "killed by signal 9 (Killed)", "killed after --timeout".
std::string describe(const Ending& ending);

// The reason of a try that will be repeated, as one of few words to count by: the name of the exit
// status in sysexits.h, or one of these.
inline constexpr std::string_view kTimeoutReason = "timeout", kSignalReason = "signal",
                                  kOtherReason = "other";
inline constexpr std::string_view kChangedReason = "changed";  // the file was written to meanwhile
std::string_view reason_of(const Ending& ending);
// All that there are.
std::vector<std::string_view> retry_reasons();

struct RetryPolicy {
  Millis first{1000};        // --retry-first
  Millis longest{60000};     // --retry-max
  Millis config{30000};      // --config-retry
  unsigned max_crashes = 5;  // --max-attempts
};

// Delay before try `attempt` + 1: doubles from policy.first to policy.longest; the upper half of it
// is chance (`random` in [0, 1)), so that jobs that failed together do not come back together.
Millis backoff(const RetryPolicy& policy, unsigned attempt, double random);
// The same for an action; kConfig waits for at least policy.config.
Millis retry_delay(const RetryPolicy& policy, Action action, unsigned attempt, double random);

// Holds back new files while those before them fail one after the other, so that a database that is
// away for hours leaves the files in the folder and not, each tried once, in work/. Only first
// attempts count: one bad file that is tried again and again does not slow down the others.
class Brake {
 public:
  // At most 1 s after the first failure and 1 min after many, less where `policy` has less.
  explicit Brake(const RetryPolicy& policy);
  void first_attempt_failed(TimePoint now, double random);
  void succeeded() { failures_ = 0; }
  // When new files may be taken again; nothing where they may now.
  std::optional<TimePoint> held_until(TimePoint now) const;

 private:
  RetryPolicy policy_;
  unsigned failures_ = 0;
  TimePoint until_{};
};

}  // namespace sp::watch
