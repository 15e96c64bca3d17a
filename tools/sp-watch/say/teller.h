// Tells what others ask for: the progress of the folder (progress.h), its metrics (--metrics), and
// the service manager's STATUS=.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "sp-watch/clock.h"
#include "sp-watch/job/spool.h"
#include "sp-watch/options.h"
#include "sp-watch/say/recorder.h"
#include "sp-watch/say/sd_notify.h"

namespace sp::watch {

class Teller {
 public:
  struct Counts {
    std::size_t waiting, running;  // files, as this watcher knows them
  };

  // All outlive it.
  Teller(const Options& options, Spool& spool, Recorder& recorder, ServiceNotifier& notifier)
      : options_(options), spool_(spool), recorder_(recorder), notifier_(notifier) {}

  // Metrics that cannot be written must show before the first file is taken. Throws Error(kIoErr).
  void begin();
  // At each rescan. What cannot be written is said once, until it can be.
  void tell();
  void end();
  // On every turn of the loop: what has changed, at most once a second.
  void tick(const Counts& counts, TimePoint now);
  // When the next tick() will have something to do; nothing where there is nothing.
  std::optional<TimePoint> next_due(const Counts& counts) const;

 private:
  void write_metrics(std::optional<bool> is_watched) const;
  void save_progress();
  template <class Step>
  void attempt(bool& is_failing, Step step) const;
  void try_to_save();
  std::string line(const Counts& counts) const;

  const Options& options_;
  Spool& spool_;
  Recorder& recorder_;
  ServiceNotifier& notifier_;
  Progress progress_;  // of all watchers, as of the last time that it was saved
  std::string last_line_;
  TimePoint next_{};
  bool is_filter_kept_ = false;
  bool progress_fails_ = false;
  bool metrics_fail_ = false;
};

}  // namespace sp::watch
