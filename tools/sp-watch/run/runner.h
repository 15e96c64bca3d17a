// Runs the command on jobs; how a run ended decides the fate of each (fates.h).
//
// A run has one job or, with --batch, several; each has its own lock and its own fate. The command
// says in the file SP_OUTCOMES what became of each; where it failed as a whole, the run is divided
// (halving.h) until the job that is the reason stands alone.
#pragma once

#include <poll.h>

#include <deque>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "sp-watch/job/spool.h"
#include "sp-watch/options.h"
#include "sp-watch/run/fates.h"
#include "sp-watch/run/outcomes.h"
#include "sp-watch/run/process.h"
#include "sp-watch/say/recorder.h"
#include "sp-watch/waiting.h"
#include "sp/base/key_hash.h"

namespace sp::watch {

class Runner {
 public:
  // All outlive the runner.
  Runner(const Options& options, Spool& spool, Recorder& recorder, Waiting& waiting, Brake& brake);

  bool has_room() const { return runs_.size() < options_.jobs; }
  bool idle() const { return runs_.empty(); }
  // Of all runs, those that will start as soon as there is room too.
  std::size_t files() const { return names_.size(); }
  bool has_halves() const { return !halves_.empty(); }
  // Whether a run has the job, or will have it as soon as there is room.
  bool works_on(const std::string& name) const { return names_.contains(name); }
  // Never throws for what is wrong with the jobs: they then wait for their next try. Those that are
  // larger than files may be go to quarantine/.
  void start(std::vector<Job> jobs, TimePoint now);
  // Starts a half of a run that was divided; false where there is none.
  bool start_half(TimePoint now);
  // Taking a file failed: new files wait a little.
  void hold_back(TimePoint now) { fates_.hold_back(now); }

  // The descriptors to poll, two for each run, and what to do with the same list afterwards.
  void add_polls(std::vector<pollfd>& polls) const;
  void on_polled(const pollfd* polls, TimePoint now);
  void child_ended(TimePoint now);
  void tick(TimePoint now);
  std::optional<TimePoint> deadline() const;
  void hurry() const;
  void terminate(TimePoint now);

 private:
  struct Run {
    std::vector<Job> jobs;  // SP_TMPDIR has the name of the first
    Process process;
  };

  Command command_for(const std::vector<Job>& jobs, const std::string& tmp) const;
  void cannot_start(std::vector<Job> jobs, const Error& error, TimePoint now);
  void halve(std::vector<Job> jobs, const std::string& why);
  void sweep(TimePoint now);
  void conclude(Run& run, TimePoint now);
  Verdict judge(const Run& run, Outcomes& outcomes) const;

  const Options& options_;
  Spool& spool_;
  Recorder& recorder_;
  Fates fates_;
  std::list<Run> runs_;
  std::deque<std::vector<Job>> halves_;
  KeyNames names_;  // of all their jobs
};

}  // namespace sp::watch
