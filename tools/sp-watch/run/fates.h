// Gives each job of a run its fate: to done/, quarantine/ or failed/, or back to work/ until its
// next try.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "sp-watch/job/spool.h"
#include "sp-watch/options.h"
#include "sp-watch/run/outcomes.h"
#include "sp-watch/run/process.h"
#include "sp-watch/run/schedule.h"
#include "sp-watch/run/verdict.h"
#include "sp-watch/say/recorder.h"
#include "sp-watch/waiting.h"

namespace sp::watch {

// Wall time from one to the other.
double seconds(TimePoint from, TimePoint to);

class Fates {
 public:
  // All outlive it.
  Fates(const Options& options, Spool& spool, Recorder& recorder, Waiting& waiting, Brake& brake)
      : options_(options), spool_(spool), recorder_(recorder), waiting_(waiting), brake_(brake) {}

  // Takes out those that are larger than files may be: they go to quarantine/.
  void refuse_large(std::vector<Job>& jobs, TimePoint now);
  // Counts the try that begins. Throws Error(kIoErr).
  void begin(std::vector<Job>& jobs);
  // After a run that as a whole says something about each of its files.
  void conclude(std::vector<Job>& jobs, const Process& process, const Verdict& all,
                const Outcomes& outcomes, TimePoint now);
  // sp-watch itself ended the command.
  void interrupted(const Job& job);
  // They failed for one reason and wait for their next try.
  void fail(const std::vector<Job*>& jobs, Action action, const std::string& why, TimePoint now);
  // New files wait a little.
  void hold_back(TimePoint now) { brake_.first_attempt_failed(now, chance()); }

 private:
  struct Leaver {
    Job* job;
    std::string why;
    Progress::Counts rows;
  };
  // Jobs of a run that wait for the same reason, and then together.
  using Retries = std::map<std::tuple<Action, unsigned, std::string>, std::vector<Job*>>;

  // Where the job goes; nothing where it stays in work/.
  std::optional<Place> decide(Job& job, const Verdict& verdict, const Process& process,
                              Retries& retries);
  void tell_refused(const std::vector<Departure>& leaving, const std::vector<Leaver>& leavers,
                    double took);
  void left(const Departure& departure, const Leaver& leaver, double took, TimePoint now);
  void wait(const std::vector<Job*>& jobs, const std::string& why, Millis delay);
  double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  const Options& options_;
  Spool& spool_;
  Recorder& recorder_;
  Waiting& waiting_;
  Brake& brake_;
  std::mt19937 random_{std::random_device{}()};
};

}  // namespace sp::watch
