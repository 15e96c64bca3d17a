#include "sp-watch/run/fates.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "sp-watch/run/halving.h"

namespace sp::watch {

double seconds(TimePoint from, TimePoint to) {
  return static_cast<double>(std::chrono::duration_cast<Millis>(to - from).count()) / 1000;
}

// By the size with which they were locked.
void Fates::refuse_large(std::vector<Job>& jobs, TimePoint now) {
  const std::uint64_t most = options_.max_file_bytes;
  const auto first = std::stable_partition(jobs.begin(), jobs.end(), [&](const Job& job) {
    return most == 0 || static_cast<std::uint64_t>(job.stamp.size) <= most;
  });
  std::vector<Job> large(std::make_move_iterator(first), std::make_move_iterator(jobs.end()));
  jobs.erase(first, jobs.end());
  for (Job& job : large) {
    const std::string why =
        fmt::format("{} bytes, more than the {} of --max-file-bytes", job.stamp.size, most);
    std::vector<Departure> leaving = {{&job, Place::kQuarantine, reason_text(job, why), "", ""}};
    spool_.finish(leaving, [&] { tell_refused(leaving, {{&job, why, {}}}, 0); });
    if (leaving[0].failure.empty()) {
      recorder_.finished(job, Place::kQuarantine, why, 0);
    } else {
      ++job.state.attempts;
      job.last_try.reason = reason_of(ExitCode::kIoErr);
      fail({&job}, Action::kRetry, leaving[0].failure, now);
    }
  }
}

// From the second try on the state is on disk before the command runs: a job that takes sp-watch
// down with it does not come first again.
void Fates::begin(std::vector<Job>& jobs) {
  std::vector<const Job*> again;
  for (Job& job : jobs) {
    if (++job.state.attempts == 1) continue;
    job.state.next_ms = wall_ms() + backoff(options_.retry, job.state.attempts, chance()).count();
    job.state.last = "begun";
    again.push_back(&job);
  }
  if (!again.empty()) spool_.save_states(again);
}

void Fates::conclude(std::vector<Job>& jobs, const Process& process, const Verdict& all,
                     const Outcomes& outcomes, TimePoint now) {
  std::vector<Departure> leaving;
  std::vector<Leaver> leavers;
  Retries retries;
  const double took = seconds(process.started(), now);
  const std::string_view last_words = process.last_words();
  for (Job& job : jobs) {
    const auto own = outcomes.find(job.name);
    const Verdict verdict = own == outcomes.end() ? all : verdict_of(own->second);
    note(job, verdict);
    try {
      const auto place = decide(job, verdict, process, retries);
      if (!place) continue;
      // What a run of several files said on standard error is not about this one, where the command
      // has words that are.
      const bool is_about_it = verdict.words.empty() || jobs.size() == 1;
      const std::string text =
          *place == Place::kDone
              ? ""
              : reason_text(job, verdict, took, is_about_it ? &last_words : nullptr);
      leaving.push_back({&job, *place, text, "", ""});
      leavers.push_back({&job, verdict.why(), verdict.rows});
    } catch (const Error& error) {
      job.last_try.reason = reason_of(error.code());
      retries[{Action::kRetry, job.state.attempts, error.what()}].push_back(&job);
    }
  }
  for (const auto& [kind, failed] : retries)
    fail(failed, std::get<0>(kind), std::get<2>(kind), now);
  if (leaving.empty()) return;
  spool_.finish(leaving, [&] { tell_refused(leaving, leavers, took); });
  for (std::size_t i = 0; i < leaving.size(); ++i) left(leaving[i], leavers[i], took, now);
}

std::optional<Place> Fates::decide(Job& job, const Verdict& verdict, const Process& process,
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
    if (process.was_terminated()) {
      interrupted(job);
      return std::nullopt;
    }
    if (++job.state.crashes >= options_.retry.max_crashes) return Place::kFailed;
  }
  retries[{action, job.state.attempts, verdict.why()}].push_back(&job);
  return std::nullopt;
}

void Fates::interrupted(const Job& job) {
  ++recorder_.tally().left;
  recorder_.trouble("interrupted", job, "sp-watch ended the command");
}

void Fates::tell_refused(const std::vector<Departure>& leaving, const std::vector<Leaver>& leavers,
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

void Fates::left(const Departure& departure, const Leaver& leaver, double took, TimePoint now) {
  if (!departure.failure.empty()) {
    leaver.job->last_try.reason = reason_of(ExitCode::kIoErr);
    return fail({leaver.job}, Action::kRetry, departure.failure, now);
  }
  if (departure.place == Place::kDone) {
    recorder_.decided(*leaver.job, departure.place, departure.as, leaver.why, took);
    recorder_.news().count_rows(leaver.rows);
  }
  recorder_.finished(*leaver.job, departure.place, leaver.why, took);
  if (departure.place != Place::kFailed) brake_.succeeded();
}

void Fates::fail(const std::vector<Job*>& jobs, Action action, const std::string& why,
                 TimePoint now) {
  const unsigned attempt = jobs.front()->state.attempts;
  if (attempt == 1) brake_.first_attempt_failed(now, chance());
  wait(jobs, why, retry_delay(options_.retry, action, attempt, chance()));
}

// Jobs that failed together are tried together, but not with one on which the command crashed.
void Fates::wait(const std::vector<Job*>& jobs, const std::string& why, Millis delay) {
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

}  // namespace sp::watch
