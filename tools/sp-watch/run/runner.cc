#include "sp-watch/run/runner.h"

#include <algorithm>
#include <cstdlib>

#include "sp-watch/run/halving.h"
#include "sp/base/fault_point.h"

namespace sp::watch {
namespace {

std::string outcomes_path(const std::string& tmp) { return tmp + "/" + std::string(kOutcomesFile); }

std::vector<Job*> pointers_to(std::vector<Job>& jobs) {
  std::vector<Job*> out;
  out.reserve(jobs.size());
  for (Job& job : jobs) out.push_back(&job);
  return out;
}

}  // namespace

Runner::Runner(const Options& options, Spool& spool, Recorder& recorder, Waiting& waiting,
               Brake& brake)
    : options_(options),
      spool_(spool),
      recorder_(recorder),
      fates_(options, spool, recorder, waiting, brake) {}

Command Runner::command_for(const std::vector<Job>& jobs, const std::string& tmp) const {
  Command out;
  std::vector<std::string> files;
  for (const Job& job : jobs) {
    files.push_back(spool_.work_path(job));
    out.inherited.push_back(job.lock.get());
  }
  out.args = expand_args(options_.command, files);
  out.env = {{"SP_TMPDIR", tmp}, {"SP_QUARANTINE", spool_.folders().quarantine.path}};
  // sp-watch tries again itself, and says why meanwhile.
  if (std::getenv("SP_RETRY_FOR") == nullptr) out.env.emplace_back("SP_RETRY_FOR", "10s");
  out.env.emplace_back("SP_JOURNAL", recorder_.journal_file());
  if (takes_several(options_.command)) out.env.emplace_back("SP_OUTCOMES", outcomes_path(tmp));
  return out;
}

void Runner::start(std::vector<Job> jobs, TimePoint now) {
  fates_.refuse_large(jobs, now);
  if (jobs.empty()) return;
  for (const Job& job : jobs) names_.insert(job.name);
  try {
    fates_.begin(jobs);
    const std::string tmp = spool_.make_tmp(jobs.front().name);
    for (const Job& job : jobs) outwait(job.stamp.ctime_ns);
    SP_FAULT("watch-before-run");
    for (Job& job : jobs) job.last_try = {wall_ms(), {}, "", "", ""};
    Process process(command_for(jobs, tmp), options_.timeout, now, recorder_.log());
    for (const Job& job : jobs) recorder_.running(job, process.pid(), jobs.size());
    runs_.push_back({std::move(jobs), std::move(process)});
  } catch (const Error& error) {
    cannot_start(std::move(jobs), error, now);
  }
}

void Runner::cannot_start(std::vector<Job> jobs, const Error& error, TimePoint now) {
  spool_.remove_tmp(jobs.front().name);
  const bool is_too_long = error.code() == ExitCode::kUsage;
  if (is_too_long && jobs.size() > 1) return halve(std::move(jobs), error.what());
  const bool is_config = is_too_long || error.code() == ExitCode::kConfig;
  for (Job& job : jobs) {
    names_.erase(job.name);
    job.last_try.reason = reason_of(error.code());
  }
  fates_.fail(pointers_to(jobs), is_config ? Action::kConfig : Action::kRetry, error.what(), now);
}

bool Runner::start_half(TimePoint now) {
  if (halves_.empty()) return false;
  std::vector<Job> jobs = std::move(halves_.front());
  halves_.pop_front();
  start(std::move(jobs), now);
  return true;
}

void Runner::halve(std::vector<Job> jobs, const std::string& why) {
  recorder_.halved(jobs.front(), jobs.size(), why);
  for (Job& job : jobs) --job.state.attempts;  // this one said nothing about any of them
  halves_.push_front(split_off_half(jobs));
  halves_.push_front(std::move(jobs));
}

void Runner::add_polls(std::vector<pollfd>& polls) const {
  for (const Run& run : runs_) {
    polls.push_back({run.process.stderr_fd(), POLLIN, 0});
    polls.push_back({run.process.alive_fd(), POLLIN, 0});
  }
}

void Runner::on_polled(const pollfd* polls, TimePoint now) {
  for (Run& run : runs_) {
    if (polls[0].revents != 0) run.process.read_stderr();
    if (polls[1].revents != 0) run.process.check_alive();
    polls += 2;
  }
  sweep(now);
}

void Runner::child_ended(TimePoint now) {
  for (Run& run : runs_) run.process.check_exit(now);
  sweep(now);
}

void Runner::tick(TimePoint now) {
  for (Run& run : runs_) run.process.tick(now);
  sweep(now);
}

std::optional<TimePoint> Runner::deadline() const {
  std::optional<TimePoint> out;
  for (const Run& run : runs_) {
    const auto deadline = run.process.deadline();
    if (deadline && (!out || *deadline < *out)) out = deadline;
  }
  return out;
}

void Runner::hurry() const {
  for (const Run& run : runs_) run.process.hurry();
}

void Runner::terminate(TimePoint now) {
  for (Run& run : runs_) run.process.terminate(now);
  sweep(now);
}

void Runner::sweep(TimePoint now) {
  for (auto run = runs_.begin(); run != runs_.end();) {
    if (!run->process.over()) {
      ++run;
      continue;
    }
    conclude(*run, now);
    run = runs_.erase(run);
  }
  reap_orphans([&](pid_t pid) {
    return std::any_of(runs_.begin(), runs_.end(),
                       [&](const Run& run) { return run.process.pid() == pid; });
  });
}

void Runner::conclude(Run& run, TimePoint now) {
  SP_FAULT("watch-ended");
  const std::size_t files = run.jobs.size();
  const std::string how = describe(run.process.ending());
  Outcomes outcomes;
  const Verdict all = judge(run, outcomes);
  for (Job& job : run.jobs) {
    note(job, {run.process.ending(), "", "", all.tool, ""});
    recorder_.ended(job, how, run.process.pid(), seconds(run.process.started(), now), files);
  }
  spool_.remove_tmp(run.jobs.front().name);
  const Action action = action_of(all.ending);
  const BatchFate fate = files == 1 ? BatchFate::kEach : batch_fate(action, options_.once);
  if (fate == BatchFate::kHalve && !run.process.was_terminated()) {
    return halve(std::move(run.jobs), all.why());
  }
  for (const Job& job : run.jobs) names_.erase(job.name);
  switch (fate) {
    case BatchFate::kEach:
      fates_.conclude(run.jobs, run.process, all, outcomes, now);
      break;
    case BatchFate::kLater:
      fates_.fail(pointers_to(run.jobs), action, all.why(), now);
      break;
    case BatchFate::kHalve:
      for (const Job& job : run.jobs) fates_.interrupted(job);
  }
  if (files > 1) recorder_.sync();
}

// Where the command ended well, but what it says about its files cannot be understood, no file is
// done.
Verdict Runner::judge(const Run& run, Outcomes& outcomes) const {
  Verdict out = verdict_of(run.process);
  if (!takes_several(options_.command) || action_of(out.ending) != Action::kDone) return out;
  try {
    const std::string tmp = spool_.folders().tmp.path + "/" + run.jobs.front().name;
    outcomes = read_outcomes(outcomes_path(tmp), run.jobs);
    return out;
  } catch (const Error& error) {
    return verdict_of(error);
  }
}

}  // namespace sp::watch
