#include "sp-watch/dispatch.h"

#include <algorithm>
#include <chrono>

namespace sp::watch {
namespace {

// A lock that others keep for longer is said.
constexpr Millis kLockPatience{5000};
// What nobody has met for so long is forgotten.
constexpr Millis kForgotten = std::chrono::minutes(10);

}  // namespace

Dispatch::Dispatch(const Options& options, Spool& spool, Recorder& recorder, Intake& intake,
                   Waiting& waiting, Brake& brake, Runner& runner)
    : options_(options),
      spool_(spool),
      recorder_(recorder),
      intake_(intake),
      waiting_(waiting),
      brake_(brake),
      runner_(runner),
      patience_(options.once ? Millis(0) : kLockPatience) {}

// Names of jobs never begin with a dot.
void Dispatch::list_work() {
  patience_.forget(now() - kForgotten);
  const TimePoint due = now();
  list_folder(spool_.folders().work, [&](const DirEntry& entry) {
    if (entry.name[0] == '.' || waiting_.knows(entry.name) || runner_.works_on(entry.name)) return;
    waiting_.put(entry.name, due);
  });
}

void Dispatch::start_ready() {
  while (runner_.has_room() && recorder_.healthy()) {
    spool_.check_folders();
    if (runner_.start_half(now())) continue;
    const bool has_started =
        retry_first_ ? start_waiting() || start_new() : start_new() || start_waiting();
    if (!has_started) return;
    retry_first_ = !retry_first_;
  }
}

// Whatever is ready, but no more than one run may have; nothing waits for others to come.
bool Dispatch::start_new() {
  if (!options_.once && brake_.held_until(now())) return false;
  std::vector<Job> jobs;
  bool has_tried = false;
  while (jobs.size() < most_files(options_) && recorder_.healthy()) {
    const auto ready = intake_.settle().take(now());
    if (!ready) break;
    has_tried = true;
    try {
      if (!try_take(*ready, jobs)) break;
    } catch (const Error& error) {
      if (error.code() == ExitCode::kConfig) throw;
      ++recorder_.tally().left;
      recorder_.trouble(ready->name, error.what());
      runner_.hold_back(now());
      break;
    }
  }
  begin(std::move(jobs));
  return has_tried;
}

// False where no other file can be taken either.
bool Dispatch::try_take(const Settle::Ready& ready, std::vector<Job>& jobs) {
  Job job;
  const Taken taken = spool_.take(ready.name, ready.stamp, job);
  if (taken == Taken::kNoTurn) {
    no_turn();
    return false;
  }
  if (taken != Taken::kYes) {
    not_taken(taken, spool_.folders().dir, ready.name);
    return true;
  }
  patience_.had(spool_.lock_path());
  patience_.had(ready.name);
  recorder_.taken(job);
  jobs.push_back(std::move(job));
  return true;
}

bool Dispatch::start_waiting() {
  const auto waiters = waiting_.take(now());
  std::vector<Job> jobs;
  for (const Waiting::Waiter& waiter : waiters) {
    try {
      try_resume(waiter, jobs);
    } catch (const Error& error) {
      ++recorder_.tally().left;
      recorder_.trouble("/work/" + waiter.name, error.what());
    }
  }
  begin(std::move(jobs));
  return !waiters.empty();
}

void Dispatch::try_resume(const Waiting::Waiter& waiter, std::vector<Job>& jobs) {
  Job job;
  const Millis longest = std::max(options_.retry.longest, options_.retry.config);
  const Taken taken = spool_.resume(waiter.name, options_.once ? Millis(0) : longest, job);
  if (taken == Taken::kNotYet) {
    const Millis delay(job.state.next_ms - wall_ms());
    return waiting_.put(waiter.name, now() + std::max(delay, Millis(1)), waiter.company);
  }
  if (taken != Taken::kYes) return not_taken(taken, spool_.folders().work, waiter.name);
  patience_.had("work/" + waiter.name);
  recorder_.resumed(job);
  jobs.push_back(std::move(job));
}

// What is still there, the next scan finds again.
void Dispatch::not_taken(Taken taken, const Folder& folder, const std::string& file) {
  const bool is_new = &folder == &spool_.folders().dir;
  const std::string shown = is_new ? file : "work/" + file;
  if (taken != Taken::kElsewhere) patience_.had(shown);
  switch (taken) {
    case Taken::kWritten:
      ++recorder_.tally().left;
      return intake_.leave_alone("written", shown, "it is open for writing");
    case Taken::kUnreadable:
      ++recorder_.tally().left;
      return intake_.leave_alone("unreadable", shown, "it cannot be read: permission denied");
    case Taken::kImmovable:
      ++recorder_.tally().left;
      return intake_.leave_alone("immovable", shown,
                                 "it cannot be moved: operation not permitted (an attribute of "
                                 "chattr, or the sticky bit of a folder of another user)");
    case Taken::kIrregular:
      return intake_.set_aside(folder, file, "file that is not a regular one");
    case Taken::kChanged:
      ++recorder_.tally().left;
      if (is_new && !options_.once) intake_.look_again(file, now());
      return;
    case Taken::kElsewhere:
      if (is_new) ++recorder_.tally().left;
      return locked_elsewhere(folder, file, shown);
    case Taken::kGone:
    case Taken::kNotYet:
    case Taken::kNoTurn:
    case Taken::kYes:
      return;
  }
}

// A file that another watcher is at, or a second name of one that we are at, is as it should be.
void Dispatch::locked_elsewhere(const Folder& folder, const std::string& file,
                                const std::string& shown) {
  if (!patience_.ran_out(shown, now())) return;
  const std::string who = spool_.stranger_at(folder, file);
  if (who.empty()) return;
  patience_.told(shown);
  if (&folder != &spool_.folders().dir) ++recorder_.tally().left;
  recorder_.locked(shown, who, "it is left where it is until it can be locked");
}

// Nothing can be taken: what is ready waits in the folder, where the next rescan finds it.
void Dispatch::no_turn() {
  ++recorder_.tally().left;
  if (options_.once) {
    while (intake_.settle().take(now())) ++recorder_.tally().left;
  } else {
    runner_.hold_back(now());
  }
  const std::string lock = spool_.lock_path();
  if (!patience_.ran_out(lock, now())) return;
  patience_.told(lock);
  recorder_.locked(lock, spool_.who_has_the_turn(), "no file is taken until it can be locked");
}

void Dispatch::begin(std::vector<Job> jobs) {
  if (jobs.empty()) return;
  try {
    spool_.sync_taken(jobs);
  } catch (const Error& error) {
    // Unlocked in work/, where the next rescan finds them.
    recorder_.tally().left += jobs.size();
    recorder_.trouble("error", jobs.front(), error.what());
    return runner_.hold_back(now());
  }
  runner_.start(std::move(jobs), now());
}

}  // namespace sp::watch
