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

#include "sp-watch/dispatch.h"
#include "sp-watch/expiry.h"
#include "sp-watch/run/runner.h"
#include "sp-watch/say/sd_notify.h"
#include "sp-watch/say/teller.h"

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

// The locks keep every file of a run open.
void allow_open_files(const Options& options) {
  constexpr rlim_t kOthers = 256;
  const unsigned files = most_files(options);
  const rlim_t needed = kOthers + rlim_t{options.jobs} * files;
  struct rlimit limit;
  if (files == 1 || ::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) {
    return;
  }
  if (limit.rlim_max < needed) {
    throw Error(ExitCode::kConfig,
                fmt::format("--batch {} with --jobs {} needs {} open files, and the limit is {}; "
                            "raise it (ulimit -n, LimitNOFILE=) or take fewer",
                            files, options.jobs, needed, limit.rlim_max));
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
  Teller::Counts counts() const;
  void warn_of_what_will_show_late() const;
  void look();
  void rescan();
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
  Brake brake_;
  Runner runner_;
  Dispatch dispatch_;
  Expiry expiry_;
  Teller teller_;
  std::unique_ptr<InotifySource> inotify_;
  TimePoint next_scan_{};
  TimePoint earliest_scan_{};
  bool stopping_ = false;
};

Watch::Watch(const Options& options, const Log& log)
    : options_(options),
      log_(log),
      signals_(open_signals()),
      spool_(options.folders),
      recorder_(Journal(journal_path(options, spool_.folders().own.path),
                        {!options.journal.empty(), options.folders.group_writable},
                        spool_.folders().dir.path),
                log),
      intake_(spool_, recorder_, NameFilter(options.match, options.ignore_case), options.settle),
      brake_(options.retry),
      runner_(options, spool_, recorder_, waiting_, brake_),
      dispatch_(options, spool_, recorder_, intake_, waiting_, brake_, runner_),
      expiry_(options, spool_, recorder_),
      teller_(options, spool_, recorder_, notifier_) {
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
  if (!takes_several(command) &&
      std::none_of(command.begin(), command.end(), [](const std::string& arg) {
        return arg.find(kOneFile) != std::string::npos;
      })) {
    log_.warning(
        "no argument of the command holds {} or {+}: it is not told which file it runs for");
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
  for (const Job& job : spool_.clean()) {
    recorder_.trouble("vanished", job, "the file was taken away while it waited for another try");
  }
  look();
  teller_.begin();
  notifier_.ready();
  for (;;) {
    notifier_.tick(now());
    teller_.tick(counts(), now());
    if (!stopping_) dispatch_.start_ready();
    if (over()) break;
    wait_for_events();
    if (!options_.once && !stopping_ && next_scan_ <= now()) rescan();
  }
  notifier_.stopping();
  recorder_.stopped();
  teller_.end();
  if (options_.once) conclude_once();
}

Teller::Counts Watch::counts() const {
  return {intake_.settle().size() + waiting_.size(), runner_.files()};
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
  dispatch_.list_work();
  expiry_.go_on();
}

// A scan of a huge folder must not become all that sp-watch does: the next one is at least ten
// times as far away as this one took, also where events are lost all the time.
void Watch::rescan() {
  const TimePoint begin = now();
  try {
    look();
  } catch (const Error& error) {
    if (error.code() != ExitCode::kIoErr) throw;
    recorder_.trouble(spool_.folders().dir.path, error.what());
  }
  teller_.tell();
  earliest_scan_ = begin + 10 * (now() - begin);
  next_scan_ = std::max(begin + options_.interval, earliest_scan_);
}

std::optional<TimePoint> Watch::next_wake() {
  std::optional<TimePoint> out = runner_.deadline();
  const auto sooner = [&](std::optional<TimePoint> when) {
    if (when && (!out || *when < *out)) out = when;
  };
  if (stopping_) return out;
  if (!options_.once) sooner(next_scan_);
  sooner(teller_.next_due(counts()));
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
  runner_.hurry();
  if (!runner_.idle()) {
    log_.info("stopping when the running commands have ended; once more to end them");
  }
}

void Watch::conclude_once() const {
  const Tally& tally = recorder_.tally();
  if (!recorder_.healthy()) throw Error(ExitCode::kIoErr, "the journal could not be written");
  if (stopping_) throw Error(ExitCode::kTempFail, "stopped by a signal");
  if (tally.left > 0) {
    throw Error(ExitCode::kTempFail,
                fmt::format("{} left for the next run", counted(tally.left, "file")));
  }
  if (tally.failed > 0) {
    throw Error(ExitCode::kSoftware, counted(tally.failed, "file") + " went to failed/");
  }
  if (tally.quarantined > 0) {
    throw Error(ExitCode::kDataErr, counted(tally.quarantined, "file") + " went to quarantine/");
  }
}

}  // namespace

void run_watch(const Options& options, const Log& log) {
  allow_open_files(options);
  Watch(options, log).run();
}

}  // namespace sp::watch
