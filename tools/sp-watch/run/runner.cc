#include "sp-watch/run/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iterator>

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

// A cause is said last, and a person reads it before all else.
std::string last_line_of(std::string_view words) {
  constexpr std::size_t kMax = 400;  // bytes
  return std::string(words.substr(words.rfind('\n') + 1, kMax));
}

JsonObject start_reason(const Job& job, const std::string& why) {
  JsonObject out;
  out.add("job", job.name);
  if (!job.file.empty()) Journal::add_name(out, "file", job.file);
  out.add("time", rfc3339(wall_ms())).add("reason", why);
  return out;
}

// "cause: sp-load: error: TEXT", or of a tool that logs JSON {"tool":"sp-load",…
std::string tool_in(std::string_view line) {
  constexpr std::string_view kCause = "cause: ", kJson = "{\"tool\":\"", kError = ": error: ";
  if (line.starts_with(kCause)) line.remove_prefix(kCause.size());
  const bool is_json = line.starts_with(kJson);
  if (is_json) line.remove_prefix(kJson.size());
  const std::size_t end = is_json ? line.find('"') : line.find(kError);
  if (end == line.npos || line.substr(0, end).find(' ') != line.npos) return "";
  return std::string(line.substr(0, end));
}

// What goes wrong here and not in the command counts as if the command had ended so.
std::string_view own_reason(ExitCode code) { return reason_of({static_cast<int>(code), 0, false}); }

double seconds(TimePoint from, TimePoint to) {
  return static_cast<double>(std::chrono::duration_cast<Millis>(to - from).count()) / 1000;
}

}  // namespace

Runner::Runner(const Options& options, Spool& spool, Recorder& recorder, Waiting& waiting,
               Brake& brake)
    : options_(options), spool_(spool), recorder_(recorder), waiting_(waiting), brake_(brake) {}

// By the size with which they were locked.
void Runner::refuse_large(std::vector<Job>& jobs, TimePoint now) {
  const std::uint64_t most = options_.max_file_bytes;
  const auto first = std::stable_partition(jobs.begin(), jobs.end(), [&](const Job& job) {
    return most == 0 || static_cast<std::uint64_t>(job.stamp.size) <= most;
  });
  std::vector<Job> large(std::make_move_iterator(first), std::make_move_iterator(jobs.end()));
  jobs.erase(first, jobs.end());
  for (Job& job : large) {
    const std::string why =
        fmt::format("{} bytes, more than the {} of --max-file-bytes", job.stamp.size, most);
    std::vector<Departure> leaving = {
        {&job, Place::kQuarantine, start_reason(job, why).str() + "\n", "", ""}};
    spool_.finish(leaving, [&] { tell_refused(leaving, {{&job, why}}, 0); });
    if (leaving[0].failure.empty()) {
      recorder_.finished(job, Place::kQuarantine, why, 0);
    } else {
      ++job.state.attempts;
      job.last_try.reason = own_reason(ExitCode::kIoErr);
      fail({&job}, Action::kRetry, leaving[0].failure, now);
    }
  }
}

// From the second try on the state is on disk before the command runs: a job that takes sp-watch
// down with it does not come first again.
void Runner::prepare(std::vector<Job>& jobs) {
  std::vector<const Job*> again;
  for (Job& job : jobs) {
    if (++job.state.attempts == 1) continue;
    job.state.next_ms = wall_ms() + backoff(options_.retry, job.state.attempts, chance()).count();
    job.state.last = "begun";
    again.push_back(&job);
  }
  if (!again.empty()) spool_.save_states(again);
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
  // sp-watch tries again itself, and says why meanwhile.
  if (std::getenv("SP_RETRY_FOR") == nullptr) out.env.emplace_back("SP_RETRY_FOR", "10s");
  out.env.emplace_back("SP_JOURNAL", recorder_.journal_file());
  if (options_.batch > 1) out.env.emplace_back("SP_OUTCOMES", outcomes_path(tmp));
  return out;
}

void Runner::start(std::vector<Job> jobs, TimePoint now) {
  refuse_large(jobs, now);
  if (jobs.empty()) return;
  for (const Job& job : jobs) names_.insert(job.name);
  try {
    prepare(jobs);
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
    job.last_try.reason = own_reason(error.code());
  }
  fail(pointers_to(jobs), is_config ? Action::kConfig : Action::kRetry, error.what(), now);
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
  const Verdict all = verdict_of(run, outcomes);
  for (Job& job : run.jobs) {
    tell(job, {run.process.ending(), "", "", all.tool, ""});
    recorder_.ended(job, how, run.process.pid(), seconds(run.process.started(), now), files);
  }
  spool_.remove_tmp(run.jobs.front().name);
  const Action action = action_of(all.ending);
  const BatchFate fate = files == 1 ? BatchFate::kEach : batch_fate(action);
  if (fate == BatchFate::kHalve && !run.process.was_terminated()) {
    return halve(std::move(run.jobs), all.why());
  }
  for (const Job& job : run.jobs) names_.erase(job.name);
  switch (fate) {
    case BatchFate::kEach:
      conclude_each(run, all, outcomes, now);
      break;
    case BatchFate::kLater:
      fail(pointers_to(run.jobs), action, all.why(), now);
      break;
    case BatchFate::kHalve:
      for (const Job& job : run.jobs) interrupted(job);
  }
  if (files > 1) recorder_.sync();
}

std::string Runner::Verdict::why() const {
  if (!words.empty()) return words;
  return describe(ending) + (last_line.empty() ? "" : ": " + last_line);
}

// Where the command ended well, but what it says about its files cannot be understood, no file is
// done.
Runner::Verdict Runner::verdict_of(const Run& run, Outcomes& outcomes) const {
  Verdict out{run.process.ending(), "", "", "", ""};
  if (out.ending.signal == 0 && out.ending.status != 0) {
    out.last_line = last_line_of(run.process.last_words());
    out.tool = tool_in(out.last_line);
  }
  if (options_.batch == 1 || action_of(out.ending) != Action::kDone) return out;
  try {
    const std::string tmp = spool_.folders().tmp.path + "/" + run.jobs.front().name;
    outcomes = read_outcomes(outcomes_path(tmp), run.jobs);
  } catch (const Error& error) {
    out = {{static_cast<int>(error.code()), 0, false}, error.what(), "", "", ""};
  }
  return out;
}

void Runner::conclude_each(Run& run, const Verdict& all, const Outcomes& outcomes, TimePoint now) {
  std::vector<Departure> leaving;
  std::vector<Leaver> leavers;
  Retries retries;
  for (Job& job : run.jobs) {
    const auto own = outcomes.find(job.name);
    const Verdict verdict = own == outcomes.end() ? all
                                                  : Verdict{{own->second.status, 0, false},
                                                            own->second.reason,
                                                            "",
                                                            own->second.tool,
                                                            own->second.schema_sha256};
    tell(job, verdict);
    try {
      const auto place = decide(job, verdict, run, retries);
      if (!place) continue;
      const std::string text = *place == Place::kDone ? "" : reason(job, verdict, run, now);
      leaving.push_back({&job, *place, text, "", ""});
      leavers.push_back({&job, verdict.why()});
    } catch (const Error& error) {
      job.last_try.reason = own_reason(error.code());
      retries[{Action::kRetry, job.state.attempts, error.what()}].push_back(&job);
    }
  }
  for (const auto& [kind, jobs] : retries) fail(jobs, std::get<0>(kind), std::get<2>(kind), now);
  if (leaving.empty()) return;
  const double took = seconds(run.process.started(), now);
  spool_.finish(leaving, [&] { tell_refused(leaving, leavers, took); });
  for (std::size_t i = 0; i < leaving.size(); ++i) left(leaving[i], leavers[i], run, now);
}

void Runner::tell(Job& job, const Verdict& verdict) {
  job.last_try.status.reset();
  if (verdict.ending.signal == 0) job.last_try.status = verdict.ending.status;
  job.last_try.tool = verdict.tool;
  job.last_try.schema_sha256 = verdict.schema_sha256;
  job.last_try.reason = reason_of(verdict.ending);
}

std::optional<Place> Runner::decide(Job& job, const Verdict& verdict, const Run& run,
                                    Retries& retries) {
  const Action action = action_of(verdict.ending);
  bool gone = false;
  const bool has_changed = spool_.has_changed(job, gone);
  if (gone) {
    spool_.forget(job);
    recorder_.trouble("vanished", job,
                      "the file was taken away while the command ran; " + verdict.why());
    return std::nullopt;
  }
  if (has_changed) {
    job.last_try.reason = kChangedReason;
    wait({&job}, "the file was written to while the command ran",
         std::max(options_.settle, options_.retry.first));
    return std::nullopt;
  }
  if (action == Action::kDone) return Place::kDone;
  if (action == Action::kQuarantine) return Place::kQuarantine;
  if (action == Action::kCrash) {
    if (run.process.was_terminated()) {
      interrupted(job);
      return std::nullopt;
    }
    if (++job.state.crashes >= options_.retry.max_crashes) return Place::kFailed;
  }
  retries[{action, job.state.attempts, verdict.why()}].push_back(&job);
  return std::nullopt;
}

void Runner::interrupted(const Job& job) {
  ++recorder_.tally().left;
  recorder_.trouble("interrupted", job, "sp-watch ended the command");
}

void Runner::tell_refused(const std::vector<Departure>& leaving, const std::vector<Leaver>& leavers,
                          double took) {
  bool is_told = false;
  for (std::size_t i = 0; i < leaving.size(); ++i) {
    const Departure& departure = leaving[i];
    if (departure.place == Place::kDone || !departure.failure.empty()) continue;
    const std::string& as = departure.as.empty() ? departure.job->name : departure.as;
    recorder_.decided(*departure.job, departure.place, as, leavers[i].why, took);
    is_told = true;
  }
  if (is_told) recorder_.sync();
}

void Runner::left(const Departure& departure, const Leaver& leaver, const Run& run, TimePoint now) {
  if (!departure.failure.empty()) {
    leaver.job->last_try.reason = own_reason(ExitCode::kIoErr);
    return fail({leaver.job}, Action::kRetry, departure.failure, now);
  }
  const double took = seconds(run.process.started(), now);
  if (departure.place == Place::kDone) {
    recorder_.decided(*leaver.job, departure.place, departure.as, leaver.why, took);
  }
  recorder_.finished(*leaver.job, departure.place, leaver.why, took);
  if (departure.place != Place::kFailed) brake_.succeeded();
}

void Runner::fail(const std::vector<Job*>& jobs, Action action, const std::string& why,
                  TimePoint now) {
  const unsigned attempt = jobs.front()->state.attempts;
  if (attempt == 1) brake_.first_attempt_failed(now, chance());
  wait(jobs, why, retry_delay(options_.retry, action, attempt, chance()));
}

// Jobs that failed together are tried together, but not with one on which the command crashed.
void Runner::wait(const std::vector<Job*>& jobs, const std::string& why, Millis delay) {
  // One time for all, and by no clock before the other, so that none of them is not due yet when
  // the others are.
  const std::int64_t next_ms = wall_ms() + delay.count();
  const TimePoint due = now() + delay + Millis(1);
  std::vector<const Job*> states;
  for (Job* job : jobs) {
    job->state.next_ms = next_ms;
    job->state.last = why;
    recorder_.waits(*job, why, delay);
    ++recorder_.tally().left;
    states.push_back(job);
  }
  try {
    spool_.save_states(states);
  } catch (const Error& error) {
    recorder_.trouble("error", *jobs.front(), error.what());
  }
  for (Job* job : jobs) {
    const std::size_t most = job->state.crashes > 0 ? 1 : company(jobs.size(), job->state.attempts);
    if (!options_.once) waiting_.put(job->name, due, most);
    spool_.release(*job);
  }
}

// What a run of several files said on standard error is not about this one, where the command has
// words that are.
std::string Runner::reason(const Job& job, const Verdict& verdict, const Run& run,
                           TimePoint now) const {
  const Ending& ending = verdict.ending;
  JsonObject out = start_reason(job, verdict.why());
  if (ending.signal != 0) {
    out.add("signal", ending.signal);
  } else {
    out.add("status", ending.status);
  }
  out.add("attempts", std::uint64_t{job.state.attempts})
      .add("seconds", seconds(run.process.started(), now));
  if (verdict.words.empty() || run.jobs.size() == 1) out.add("stderr", run.process.last_words());
  return out.str() + "\n";
}

}  // namespace sp::watch
