#include "sp-watch/watch.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <vector>

#include "sp-watch/intake.h"
#include "sp-watch/patience.h"
#include "sp-watch/run/runner.h"
#include "sp-watch/say/sd_notify.h"
#include "sp-watch/waiting.h"

namespace sp::watch {
namespace {

// The signals that sp-watch reads from a descriptor instead of being interrupted by them.
Descriptor open_signals() {
  std::signal(SIGPIPE, SIG_IGN);  // our standard error may close; the files still need us
  std::signal(SIGIO, SIG_IGN);    // see open_writer.h
  std::signal(SIGCHLD, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  Descriptor out(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!out) throw_errno("open", "a signalfd");
  return out;
}

// A lock that others keep for longer is said.
constexpr Millis kLockPatience{5000};
// What nobody has met for so long is forgotten.
constexpr Millis kForgotten = std::chrono::minutes(10);

// The locks keep every file of a run open.
void allow_open_files(const Options& options) {
  constexpr rlim_t kOthers = 256;
  const rlim_t needed = kOthers + rlim_t{options.jobs} * options.batch;
  struct rlimit limit;
  if (options.batch == 1 || ::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) {
    return;
  }
  if (limit.rlim_max < needed) {
    throw Error(ExitCode::kConfig,
                fmt::format("--batch {} with --jobs {} needs {} open files, and the limit is {}; "
                            "raise it (ulimit -n, LimitNOFILE=) or take fewer",
                            options.batch, options.jobs, needed, limit.rlim_max));
  }
  limit.rlim_cur = needed;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

class Watch {
 public:
  Watch(const Options& options, const Log& log);
  void run();

 private:
  bool over() const;
  void warn_of_what_will_show_late() const;
  void look();
  void rescan();
  void list_work();
  void dispatch();
  bool start_new();
  bool start_waiting();
  bool try_take(const Settle::Ready& ready, std::vector<Job>& jobs);
  void try_resume(const Waiting::Waiter& waiter, std::vector<Job>& jobs);
  void not_taken(Taken taken, const Folder& folder, const std::string& file);
  void locked_elsewhere(const Folder& folder, const std::string& file, const std::string& shown);
  void no_turn();
  void begin(std::vector<Job> jobs);
  void wait_for_events();
  std::optional<TimePoint> next_wake();
  void read_signals();
  void stop_or_kill();
  void conclude_once() const;

  const Options& options_;
  const Log& log_;
  ServiceNotifier notifier_;
  Descriptor signals_;
  Spool spool_;
  Recorder recorder_;
  Intake intake_;
  Waiting waiting_;
  Patience patience_;
  Brake brake_;
  Runner runner_;
  std::unique_ptr<InotifySource> inotify_;
  TimePoint next_scan_{};
  TimePoint earliest_scan_{};
  bool stopping_ = false;
  bool retry_first_ = true;
};

std::string journal_path(const Options& options, const Spool& spool) {
  return options.journal.empty() ? spool.folders().own.path + "/journal.ndjson" : options.journal;
}

Watch::Watch(const Options& options, const Log& log)
    : options_(options),
      log_(log),
      signals_(open_signals()),
      spool_(options.folders),
      recorder_(Journal(journal_path(options, spool_),
                        {!options.journal.empty(), options.folders.group_writable}),
                log),
      intake_(spool_, recorder_, NameFilter(options.match), options.settle),
      patience_(options.once ? Millis(0) : kLockPatience),
      brake_(options.retry),
      runner_(options, spool_, recorder_, waiting_, brake_) {
  // What a killed command leaves behind becomes our child and not a stranger.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  warn_of_what_will_show_late();
  if (options.once) return;
  inotify_ = std::make_unique<InotifySource>(spool_.folders().dir.path);
  if (!inotify_->failure().empty()) {
    log.warning(
        fmt::format("no events ({}); files are found by the rescan alone", inotify_->failure()));
  }
}

// What would show at the first file, which may be a night away, or never.
void Watch::warn_of_what_will_show_late() const {
  const std::vector<std::string>& command = options_.command;
  if (!find_program(command[0])) {
    log_.warning(command[0] + " is no program that can be found (PATH); files will wait for it");
  }
  if (std::none_of(command.begin(), command.end(),
                   [](const std::string& arg) { return arg.find("{}") != std::string::npos; })) {
    log_.warning("no argument of the command holds {}: it is not told which file it runs for");
  }
  if (const std::string who = spool_.who_may_replace(); !who.empty()) {
    log_.warning(who +
                     " may write in the folder, and so put other folders in the place of "
                     "sp-watch's; a folder of sp-watch's user or root that has the sticky bit "
                     "(chmod +t) lets only their owner do that",
                 {spool_.folders().dir.path, 0, 0, ""});
  }
  if (const Folder* folder = spool_.without_owners()) {
    log_.warning(
        "its file system keeps no owners: who may write to it is for the options of its mount "
        "to say, and is not checked",
        {folder->path, 0, 0, ""});
  }
}

void Watch::run() {
  recorder_.started(spool_.folders().dir.path);
  spool_.clean();
  look();
  notifier_.ready();
  for (;;) {
    notifier_.tick(now());
    dispatch();
    if (over()) break;
    wait_for_events();
    if (!options_.once && !stopping_ && next_scan_ <= now()) rescan();
  }
  notifier_.stopping();
  recorder_.stopped();
  if (options_.once) conclude_once();
}

bool Watch::over() const {
  if (!runner_.idle()) return false;
  if (stopping_) return true;
  return options_.once && (!recorder_.healthy() || (!runner_.has_halves() && waiting_.empty() &&
                                                    intake_.settle().size() == 0));
}

void Watch::look() {
  recorder_.mend();
  intake_.scan(now());
  list_work();
  patience_.forget(now() - kForgotten);
}

// A scan of a huge folder must not become all that sp-watch does: the next one is at least ten
// times as far away as this one took, also where events are lost all the time.
void Watch::rescan() {
  const TimePoint begin = now();
  try {
    look();
  } catch (const Error& error) {
    if (error.code() != ExitCode::kIoErr) throw;
    recorder_.trouble("error", spool_.folders().dir.path, error.what());
  }
  earliest_scan_ = begin + 10 * (now() - begin);
  next_scan_ = std::max(begin + options_.interval, earliest_scan_);
}

// Files in work/ that nobody here knows: another watcher's, or those of one that died. Names of
// jobs never begin with a dot.
void Watch::list_work() {
  const TimePoint due = now();
  list_folder(spool_.folders().work, [&](const DirEntry& entry) {
    if (entry.name[0] == '.' || waiting_.knows(entry.name) || runner_.works_on(entry.name)) return;
    waiting_.put(entry.name, due);
  });
}

// Retries and new files take turns, so that neither keeps the other waiting.
void Watch::dispatch() {
  while (!stopping_ && runner_.has_room() && recorder_.healthy()) {
    spool_.check_folders();
    if (runner_.start_half(now())) continue;
    const bool has_started =
        retry_first_ ? start_waiting() || start_new() : start_new() || start_waiting();
    if (!has_started) return;
    retry_first_ = !retry_first_;
  }
}

// Whatever is ready, but no more than one run may have; nothing waits for others to come.
bool Watch::start_new() {
  if (!options_.once && brake_.held_until(now())) return false;
  std::vector<Job> jobs;
  bool has_tried = false;
  while (jobs.size() < options_.batch && recorder_.healthy()) {
    const auto ready = intake_.settle().take(now());
    if (!ready) break;
    has_tried = true;
    try {
      if (!try_take(*ready, jobs)) break;
    } catch (const Error& error) {
      if (error.code() == ExitCode::kConfig) throw;
      ++recorder_.tally().left;
      recorder_.trouble("error", ready->name, error.what());
      runner_.hold_back(now());
      break;
    }
  }
  begin(std::move(jobs));
  return has_tried;
}

// False where no other file can be taken either.
bool Watch::try_take(const Settle::Ready& ready, std::vector<Job>& jobs) {
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

bool Watch::start_waiting() {
  const auto waiters = waiting_.take(now());
  std::vector<Job> jobs;
  for (const Waiting::Waiter& waiter : waiters) {
    try {
      try_resume(waiter, jobs);
    } catch (const Error& error) {
      ++recorder_.tally().left;
      recorder_.trouble("error", waiter.name, error.what());
    }
  }
  begin(std::move(jobs));
  return !waiters.empty();
}

void Watch::try_resume(const Waiting::Waiter& waiter, std::vector<Job>& jobs) {
  Job job;
  const Millis longest = std::max(options_.retry.longest, options_.retry.config);
  const Taken taken = spool_.resume(waiter.name, options_.once ? Millis(0) : longest, job);
  if (taken == Taken::kNotYet) {
    const Millis delay(job.state.next_ms - wall_ms());
    return waiting_.put(waiter.name, now() + std::max(delay, Millis(1)), waiter.company);
  }
  if (taken != Taken::kYes) return not_taken(taken, spool_.folders().work, waiter.name);
  patience_.had("/work/" + waiter.name);
  recorder_.resumed(job);
  jobs.push_back(std::move(job));
}

// What is still there, the next scan finds again.
void Watch::not_taken(Taken taken, const Folder& folder, const std::string& file) {
  const bool is_new = &folder == &spool_.folders().dir;
  const std::string shown = is_new ? file : "/work/" + file;
  if (taken != Taken::kElsewhere) patience_.had(shown);
  switch (taken) {
    case Taken::kWritten:
      ++recorder_.tally().left;
      return intake_.leave_alone("written", shown, "it is open for writing");
    case Taken::kUnreadable:
      ++recorder_.tally().left;
      return intake_.leave_alone("unreadable", shown, "it cannot be read: permission denied");
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
void Watch::locked_elsewhere(const Folder& folder, const std::string& file,
                             const std::string& shown) {
  if (!patience_.ran_out(shown, now())) return;
  const std::string who = spool_.stranger_at(folder, file);
  if (who.empty()) return;
  patience_.told(shown);
  if (&folder != &spool_.folders().dir) ++recorder_.tally().left;
  recorder_.locked(shown, who, "it is left where it is until it can be locked");
}

// Nothing can be taken: what is ready waits in the folder, where the next rescan finds it.
void Watch::no_turn() {
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

void Watch::begin(std::vector<Job> jobs) {
  if (jobs.empty()) return;
  try {
    spool_.sync_taken(jobs);
  } catch (const Error& error) {
    // Unlocked in work/, where the next rescan finds them.
    recorder_.tally().left += jobs.size();
    recorder_.trouble("error", jobs.front().name, error.what());
    return runner_.hold_back(now());
  }
  runner_.start(std::move(jobs), now());
}

std::optional<TimePoint> Watch::next_wake() {
  std::optional<TimePoint> out = runner_.deadline();
  const auto sooner = [&](std::optional<TimePoint> when) {
    if (when && (!out || *when < *out)) out = when;
  };
  if (stopping_) return out;
  if (!options_.once) sooner(next_scan_);
  if (!runner_.has_room() || !recorder_.healthy()) return out;
  sooner(waiting_.next_due());
  sooner(intake_.settle().next_due());
  if (intake_.settle().has_ready(now())) sooner(brake_.held_until(now()));
  return out;
}

void Watch::wait_for_events() {
  std::vector<pollfd> polls = {{signals_.get(), POLLIN, 0},
                               {inotify_ ? inotify_->fd() : -1, POLLIN, 0}};
  runner_.add_polls(polls);
  auto wake = next_wake();
  if (const auto feed = notifier_.watchdog_interval(); feed.count() > 0) {
    wake = std::min(wake.value_or(TimePoint::max()), now() + feed / 2);
  }
  int timeout = -1;
  if (wake) {
    const auto left = std::chrono::ceil<Millis>(*wake - now()).count();
    timeout = static_cast<int>(std::clamp<Millis::rep>(left, 0, 3'600'000));
  }
  if (::poll(polls.data(), polls.size(), timeout) < 0 && errno != EINTR) {
    throw_errno("wait for", "events");
  }
  runner_.on_polled(polls.data() + 2, now());
  if (polls[0].revents != 0) read_signals();
  if (polls[1].revents != 0) {
    const bool is_whole = inotify_->read(
        [&](InotifySource::Kind kind, const char* name) { intake_.on_event(kind, name, now()); });
    if (!is_whole) next_scan_ = std::min(next_scan_, std::max(now(), earliest_scan_));
  }
  runner_.tick(now());
}

void Watch::read_signals() {
  signalfd_siginfo info;
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    switch (info.ssi_signo) {
      case SIGCHLD:
        runner_.child_ended(now());
        break;
      case SIGHUP:
        recorder_.reopen();
        break;
      default:
        stop_or_kill();
    }
  }
}

void Watch::stop_or_kill() {
  if (stopping_) {
    log_.warning("stopping now: running commands are ended");
    runner_.terminate(now());
    return;
  }
  stopping_ = true;
  notifier_.stopping();
  if (!runner_.idle()) {
    log_.info("stopping when the running commands have ended; once more to end them");
  }
}

void Watch::conclude_once() const {
  const Tally& tally = recorder_.tally();
  if (!recorder_.healthy()) throw Error(ExitCode::kIoErr, "the journal could not be written");
  if (stopping_) throw Error(ExitCode::kTempFail, "stopped by a signal");
  if (tally.left > 0) {
    throw Error(ExitCode::kTempFail, fmt::format("{} files are left for the next run", tally.left));
  }
  if (tally.failed > 0) {
    throw Error(ExitCode::kSoftware, fmt::format("{} files went to failed/", tally.failed));
  }
  if (tally.quarantined > 0) {
    throw Error(ExitCode::kDataErr, fmt::format("{} files went to quarantine/", tally.quarantined));
  }
}

}  // namespace

void run_watch(const Options& options, const Log& log) {
  allow_open_files(options);
  Watch(options, log).run();
}

}  // namespace sp::watch
