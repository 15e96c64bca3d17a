// One run of the command: its processes, what it says on standard error, and how it ends.
//
// The command is executed directly, no shell, in a process group of its own, with standard input
// from /dev/null. It and all that it starts inherit the lock of each file and one end of a pipe;
// the run is over when the command has ended and nobody holds that pipe any more, so that what a
// killed script leaves behind never works beside the next try.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sp-watch/clock.h"
#include "sp-watch/run/schedule.h"
#include "sp/base/diagnostic.h"
#include "sp/io/descriptor.h"

namespace sp::watch {

struct Command {
  std::vector<std::string> args;                         // args[0] is looked for in PATH
  std::vector<std::pair<std::string, std::string>> env;  // beside our own environment
  std::vector<int> inherited;  // descriptors that stay open in the command, under their numbers
};

// Whether there is such a program, looked for as execvp(3) does.
bool find_program(const std::string& name);

inline constexpr std::string_view kOneFile = "{}";
inline constexpr std::string_view kSeveralFiles = "{+}";

// Whether an argument of the command is kSeveralFiles.
bool takes_several(const std::vector<std::string>& args);

// The argument kSeveralFiles becomes an argument for each file; kOneFile, anywhere in one, the
// first of them.
std::vector<std::string> expand_args(const std::vector<std::string>& args,
                                     const std::vector<std::string>& files);

class Process {
 public:
  // Starts it. Throws Error: kConfig where it cannot be executed, kUsage where the arguments are
  // too long, kTempFail where the system lacks what a process needs. `timeout` 0: none.
  // What the command says goes to `log`, which outlives the process.
  Process(const Command& command, Millis timeout, TimePoint now, const Log& log);
  Process(Process&&) = default;

  pid_t pid() const { return pid_; }
  // To be polled for reading; -1 once it is of no use. Call the function beside it when it is
  // readable or hung up.
  int stderr_fd() const { return stderr_.get(); }
  int alive_fd() const { return alive_.get(); }
  void read_stderr();  // passes whole lines on
  void check_alive();

  // After SIGCHLD: sees whether the command has ended.
  void check_exit(TimePoint now);
  // Sends the signals that are due by deadline(): after the timeout, or to what outlives the
  // command.
  void tick(TimePoint now);
  std::optional<TimePoint> deadline() const { return deadline_; }
  // Asks what merely waits for something to stop waiting: SIGURG, which all else ignores.
  void hurry() const { signal_group(SIGURG); }
  // Asks the whole group to end, by force after a grace.
  void terminate(TimePoint now);
  bool over() const { return over_; }
  const Ending& ending() const { return ending_; }
  bool was_terminated() const { return terminated_; }  // by terminate()
  // The last lines of standard error, at most 4 KiB.
  std::string_view last_words() const;
  TimePoint started() const { return started_; }

 private:
  enum class Step { kNone, kTerm, kKill, kLetGo };
  void arm(Step step, TimePoint when);
  void signal_group(int signal) const;
  void reap();
  void finish();
  void pass_on(std::string_view bytes);

  pid_t pid_ = -1;
  std::string name_;  // of the program, without its folder
  const Log* log_;
  Descriptor stderr_;
  Descriptor alive_;
  TimePoint started_;
  std::optional<TimePoint> deadline_;
  Step step_ = Step::kNone;
  Ending ending_;
  bool ended_ = false;
  bool reaped_ = false;
  bool over_ = false;
  bool terminated_ = false;
  std::string tail_;
  std::string line_;           // the start of a line whose end has not come yet
  bool line_is_open_ = false;  // what was passed on last did not end a line
};

// Waits for orphans that became our children. Stops at the first ended child that `is_ours`: its
// Process reaps it.
void reap_orphans(const std::function<bool(pid_t)>& is_ours);

}  // namespace sp::watch
