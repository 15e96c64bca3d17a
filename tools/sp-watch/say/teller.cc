#include "sp-watch/say/teller.h"

#include <fmt/format.h>

#include "sp-watch/disk/watchers.h"
#include "sp-watch/say/metrics.h"
#include "sp-watch/say/status.h"
#include "sp/base/diagnostic.h"
#include "sp/io/whole_file.h"

namespace sp::watch {
namespace {

constexpr Millis kSeldom{1000};

}  // namespace

void Teller::save_progress() {
  const auto whole = spool_.add_progress(recorder_.news());
  if (!whole) return;  // the next time
  progress_ = *whole;
  recorder_.news() = {};
}

void Teller::write_metrics(std::optional<bool> is_watched) const {
  if (options_.metrics.empty()) return;
  Status status = look_at(look_at_folders(options_.folders), options_);
  status.is_watched = is_watched;
  write_file(options_.metrics, as_metrics(status));
}

template <class Step>
void Teller::attempt(bool& is_failing, Step step) const {
  try {
    step();
    is_failing = false;
  } catch (const Error& error) {
    if (!is_failing) recorder_.log().error(error.what());
    is_failing = true;
  }
}

void Teller::try_to_save() {
  attempt(progress_fails_, [&] {
    if (!is_filter_kept_) {
      is_filter_kept_ = spool_.keep(NameFilter(options_.match, options_.ignore_case));
    }
    save_progress();
  });
}

void Teller::begin() {
  try_to_save();
  write_metrics(true);
}

void Teller::tell() {
  try_to_save();
  attempt(metrics_fail_, [&] { write_metrics(true); });
}

// The question closes the file of the watchers' locks, and with it goes our own.
void Teller::end() {
  try_to_save();
  attempt(metrics_fail_, [&] { write_metrics(is_watched(spool_.folders())); });
}

std::string Teller::line(const Counts& counts) const {
  const std::string failing = progress_.failing();
  return fmt::format("{} waiting, {} running{}{}", counts.waiting, counts.running,
                     failing.empty() ? "" : "; ", failing);
}

void Teller::tick(const Counts& counts, TimePoint now) {
  const auto due = next_due(counts);
  if (!due || now < *due) return;
  next_ = now + kSeldom;
  if (!recorder_.news().is_empty()) try_to_save();
  if (std::string text = line(counts); text != last_line_) {
    last_line_ = std::move(text);
    notifier_.status(last_line_);
  }
}

std::optional<TimePoint> Teller::next_due(const Counts& counts) const {
  if (recorder_.news().is_empty() && line(counts) == last_line_) return std::nullopt;
  return next_;
}

}  // namespace sp::watch
