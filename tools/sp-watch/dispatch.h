// What runs next: files that wait in work/ and new ones take turns, so that neither keeps the other
// waiting.
#pragma once

#include <string>
#include <vector>

#include "sp-watch/intake.h"
#include "sp-watch/options.h"
#include "sp-watch/patience.h"
#include "sp-watch/run/runner.h"
#include "sp-watch/waiting.h"

namespace sp::watch {

class Dispatch {
 public:
  // All must outlive it.
  Dispatch(const Options& options, Spool& spool, Recorder& recorder, Intake& intake,
           Waiting& waiting, Brake& brake, Runner& runner);
  // Finds the files in work/ that nobody here knows: another watcher's, or those of one that died.
  void list_work();
  // Starts what can be started. Throws Error(kConfig) where the folders are no longer ours.
  void start_ready();

 private:
  bool start_new();
  bool start_waiting();
  bool try_take(const Settle::Ready& ready, std::vector<Job>& jobs);
  void try_resume(const Waiting::Waiter& waiter, std::vector<Job>& jobs);
  void not_taken(Taken taken, const Folder& folder, const std::string& file);
  void locked_elsewhere(const Folder& folder, const std::string& file, const std::string& shown);
  void no_turn();
  void begin(std::vector<Job> jobs);

  const Options& options_;
  Spool& spool_;
  Recorder& recorder_;
  Intake& intake_;
  Waiting& waiting_;
  Brake& brake_;
  Runner& runner_;
  Patience patience_;
  bool retry_first_ = true;
};

}  // namespace sp::watch
