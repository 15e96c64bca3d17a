// Runs the command on jobs and gives each job its fate by how the run ended.
//
// A run has a list of jobs, of which there is one today; each has its own lock and its own fate.
#pragma once

#include <poll.h>

#include <list>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "options.h"
#include "process.h"
#include "recorder.h"
#include "schedule.h"
#include "spool.h"
#include "waiting.h"

namespace sp::watch {

class Runner {
 public:
  // All outlive the runner.
  Runner(const Options& options, Spool& spool, Recorder& recorder, Waiting& waiting, Brake& brake);

  bool has_room() const { return runs_.size() < options_.jobs; }
  bool idle() const { return runs_.empty(); }
  bool works_on(const std::string& name) const;
  // Never throws for what is wrong with the job: it then waits for its next try.
  void start(std::vector<Job> jobs, TimePoint now);
  // Taking a file failed: new files wait a little.
  void hold_back(TimePoint now) { brake_.first_attempt_failed(now, chance()); }

  // The descriptors to poll, two for each run, and what to do with the same list afterwards.
  void add_polls(std::vector<pollfd>& polls) const;
  void on_polled(const pollfd* polls, TimePoint now);
  void child_ended(TimePoint now);
  void tick(TimePoint now);
  std::optional<TimePoint> deadline() const;
  void terminate(TimePoint now);

 private:
  struct Run {
    std::vector<Job> jobs;
    Process process;
  };
  void prepare(Job& job);
  Command command_for(const std::vector<Job>& jobs, const std::string& tmp) const;
  void sweep(TimePoint now);
  void conclude(Run& run, TimePoint now);
  void decide(Job& job, const Process& process, TimePoint now);
  void finish(Job& job, Place place, const Process& process, TimePoint now);
  void fail(Job& job, Action action, const std::string& why, TimePoint now);
  void wait(Job& job, const std::string& why, Millis delay, TimePoint now);
  std::string reason(const Job& job, const Process& process, TimePoint now) const;
  double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  const Options& options_;
  Spool& spool_;
  Recorder& recorder_;
  Waiting& waiting_;
  Brake& brake_;
  std::mt19937 random_{std::random_device{}()};
  std::list<Run> runs_;
};

}  // namespace sp::watch
