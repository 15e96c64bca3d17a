#include "runner.h"

#include <algorithm>
#include <chrono>

#include "sp/fault_point.h"

namespace sp::watch {
namespace {

double seconds(TimePoint from, TimePoint to) {
  return static_cast<double>(std::chrono::duration_cast<Millis>(to - from).count()) / 1000;
}

}  // namespace

Runner::Runner(const Options& options, Spool& spool, Recorder& recorder, Waiting& waiting,
               Brake& brake)
    : options_(options), spool_(spool), recorder_(recorder), waiting_(waiting), brake_(brake) {}

bool Runner::works_on(const std::string& name) const {
  return std::any_of(runs_.begin(), runs_.end(), [&](const Run& run) {
    return std::any_of(run.jobs.begin(), run.jobs.end(),
                       [&](const Job& job) { return job.name == name; });
  });
}

// From the second try on the state is on disk before the command runs: a job that takes sp-watch
// down with it does not come first again.
void Runner::prepare(Job& job) {
  if (++job.state.attempts == 1) return;
  job.state.next_ms = wall_ms() + backoff(options_.retry, job.state.attempts, chance()).count();
  job.state.last = "begun";
  spool_.save_state(job);
}

Command Runner::command_for(const std::vector<Job>& jobs, const std::string& tmp) const {
  Command out;
  std::vector<std::string> files;
  for (const Job& job : jobs) {
    files.push_back(spool_.work_path(job));
    out.inherited.push_back(job.lock.get());
  }
  out.args = expand_args(options_.command, files);
  out.env = {{"SP_TMPDIR", tmp}, {"SP_QUARANTINE", spool_.folders().quarantine.path}};
  return out;
}

void Runner::start(std::vector<Job> jobs, TimePoint now) {
  try {
    for (Job& job : jobs) prepare(job);
    const std::string tmp = spool_.make_tmp(jobs.front().name);
    SP_FAULT("watch-before-run");
    Process process(command_for(jobs, tmp), options_.timeout, now);
    for (const Job& job : jobs) recorder_.running(job, process.pid());
    runs_.push_back({std::move(jobs), std::move(process)});
  } catch (const Error& error) {
    const Action action = error.code() == ExitCode::kConfig ? Action::kConfig : Action::kRetry;
    for (Job& job : jobs) fail(job, action, error.what(), now);
  }
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
  for (Job& job : run.jobs) {
    try {
      recorder_.ended(job, describe(run.process.ending()), seconds(run.process.started(), now));
      decide(job, run.process, now);
    } catch (const Error& error) {
      fail(job, Action::kRetry, error.what(), now);
    }
  }
}

void Runner::decide(Job& job, const Process& process, TimePoint now) {
  const Action action = action_of(process.ending());
  bool gone = false;
  const bool has_changed = spool_.has_changed(job, gone);
  if (gone) {
    spool_.forget(job);
    return recorder_.trouble(
        "vanished", job.name,
        "the file was taken away while the command ran; " + describe(process.ending()));
  }
  if (has_changed) {
    return wait(job, "the file was written to while the command ran",
                std::max(options_.settle, options_.retry.first), now);
  }
  if (action == Action::kDone) return finish(job, Place::kDone, process, now);
  if (action == Action::kQuarantine) return finish(job, Place::kQuarantine, process, now);
  if (action == Action::kCrash) {
    if (process.was_terminated()) {
      ++recorder_.tally().left;
      return recorder_.trouble("interrupted", job.name, "sp-watch ended the command");
    }
    if (++job.state.crashes >= options_.retry.max_crashes) {
      return finish(job, Place::kFailed, process, now);
    }
  }
  fail(job, action, describe(process.ending()), now);
}

void Runner::finish(Job& job, Place place, const Process& process, TimePoint now) {
  const std::string text = place == Place::kDone ? "" : reason(job, process, now);
  const std::string as = spool_.finish(job, place, text);
  recorder_.finished(job, place, as, describe(process.ending()), seconds(process.started(), now));
  if (place != Place::kFailed) brake_.succeeded();
}

void Runner::fail(Job& job, Action action, const std::string& why, TimePoint now) {
  if (job.state.attempts == 1) brake_.first_attempt_failed(now, chance());
  wait(job, why, retry_delay(options_.retry, action, job.state.attempts, chance()), now);
}

void Runner::wait(Job& job, const std::string& why, Millis delay, TimePoint now) {
  job.state.next_ms = wall_ms() + delay.count();
  job.state.last = why;
  recorder_.waits(job, why, delay);
  ++recorder_.tally().left;
  spool_.remove_tmp(job.name);
  try {
    spool_.save_state(job);
  } catch (const Error& error) {
    recorder_.trouble("error", job.name, error.what());
  }
  if (!options_.once) waiting_.put(job.name, now + delay);
  spool_.release(job);
}

std::string Runner::reason(const Job& job, const Process& process, TimePoint now) const {
  const Ending& ending = process.ending();
  JsonObject out;
  out.add("job", job.name);
  if (!job.file.empty()) Journal::add_name(out, "file", job.file);
  out.add("time", rfc3339(wall_ms())).add("reason", describe(ending));
  if (ending.signal != 0) {
    out.add("signal", ending.signal);
  } else {
    out.add("status", ending.status);
  }
  out.add("attempts", std::uint64_t{job.state.attempts})
      .add("seconds", seconds(process.started(), now))
      .add("stderr", process.last_words());
  return out.str() + "\n";
}

}  // namespace sp::watch
