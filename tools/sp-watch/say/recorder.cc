#include "sp-watch/say/recorder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "sp-watch/disk/file_digest.h"
#include "sp-watch/duration.h"
#include "sp/base/utf8.h"
#include "sp/base/version.h"
#include "sp/time/rfc3339_text.h"

namespace sp::watch {
namespace {

Step step_of(std::string_view event, const Job& job) {
  Step step;
  step.event = event;
  step.job = job.name;
  step.file = job.file;
  if (job.stamp.inode != 0) step.size = job.stamp.size;
  step.taken = rfc3339_micros(job.state.taken_us);
  step.attempts = job.state.attempts;
  if (job.last_try.started_ms > 0) step.started = rfc3339(job.last_try.started_ms);
  return step;
}

// With what is known of how its last try ended.
Step end_of(std::string_view event, const Job& job, const std::string& why) {
  Step step = step_of(event, job);
  step.status = job.last_try.status;
  step.tool = job.last_try.tool;
  step.schema_sha256 = job.last_try.schema_sha256;
  step.why = why;
  return step;
}

Step step_at(std::string_view event, const std::string& file, const std::string& why) {
  Step step;
  step.event = event;
  step.file = file;
  step.why = why;
  return step;
}

}  // namespace

void Recorder::write(const Step& step) {
  if (journal_.write(step)) return;
  if (lost_++ == 0) {
    log_.error(fmt::format("cannot write the journal {}: {}; no file is taken until it can be",
                           journal_.path(), std::generic_category().message(errno)));
  }
}

void Recorder::mend() {
  if (lost_ == 0) return;
  const std::string lost = counted(lost_, "line") + " could not be written";
  if (!journal_.write(step_at("gap", "", lost))) return;
  lost_ = 0;
  log_.info("the journal can be written again; " + lost);
}

void Recorder::reopen() {
  try {
    journal_.reopen();
  } catch (const Error& error) {
    log_.error(error.what() + std::string("; the old journal is used"));
  }
}

std::string Recorder::journal_file() const {
  if (!journal_.is_regular_file()) return "";
  std::error_code failed;
  const auto path = std::filesystem::absolute(journal_.path(), failed);
  return failed ? journal_.path() : path.string();
}

void Recorder::started(const std::string& dir) {
  Step step = step_at("start", "", std::string("sp-watch ") + kVersion);
  step.pid = ::getpid();
  write(step);
  log_.info("watching " + dir);
}

void Recorder::stopped() {
  Step step = step_at("stop", "", "");
  step.pid = ::getpid();
  write(step);
}

void Recorder::taken(const Job& job) { write(step_of("taken", job)); }

void Recorder::resumed(const Job& job) { write(step_of("resumed", job)); }

void Recorder::running(const Job& job, long pid, std::size_t files) {
  Step step = step_of("run", job);
  step.pid = pid;
  step.files = static_cast<std::int64_t>(files);
  write(step);
}

void Recorder::ended(const Job& job, const std::string& how, long pid, double seconds,
                     std::size_t files) {
  Step step = end_of("end", job, how);
  step.pid = pid;
  step.files = static_cast<std::int64_t>(files);
  step.seconds = seconds;
  write(step);
}

void Recorder::halved(const Job& first, std::size_t files, const std::string& why) {
  Step step = end_of("halve", first, why);
  step.files = static_cast<std::int64_t>(files);
  write(step);
  log_.info(fmt::format("the run of {} and {} more: {}; its files are tried as two halves",
                        first.name, files - 1, why));
}

void Recorder::decided(const Job& job, Place place, const std::string& as, const std::string& why,
                       double seconds) {
  Step step = end_of(place_name(place), job, why);
  if (as != job.name) step.as = as;
  if (place != Place::kDone) step.sha256 = sha256_of_small(job.lock.get());
  step.seconds = seconds;
  write(step);
}

void Recorder::finished(const Job& job, Place place, const std::string& why, double seconds) {
  const Location where{job.name, 0, 0, ""};
  news_.finish(place, why, wall_ms());
  switch (place) {
    case Place::kDone:
      ++tally_.done;
      return log_.info(fmt::format("done in {:.3g} s", seconds), where);
    case Place::kQuarantine:
      ++tally_.quarantined;
      return log_.warning(why + ": moved to quarantine/", where);
    case Place::kFailed:
      ++tally_.failed;
      return log_.error(
          fmt::format("{}: moved to failed/ after {}", why, counted(job.state.attempts, "attempt")),
          where);
  }
}

void Recorder::waits(const Job& job, const std::string& why, Millis delay) {
  Step step = end_of("retry", job, why);
  step.delay_ms = delay.count();
  news_.retry(job.last_try.reason, why, wall_ms());
  write(step);
  log_.warning(fmt::format("{}; next try in {}", why, format_duration(delay)),
               {job.name, 0, 0, ""});
}

void Recorder::left_alone(const char* event, const std::string& file, const std::string& why) {
  write(step_at(event, file, why));
  log_.warning(why + ": left where it is", {file, 0, 0, ""});
}

void Recorder::passed_over(const std::string& file, const std::string& why) {
  write(step_at("ignored", file, why));
  log_.info(why + ": left where it is", {file, 0, 0, ""});
}

void Recorder::locked(const std::string& file, const std::string& who, const std::string& effect) {
  const std::string why = who + " has it locked: " + effect;
  write(step_at("locked", file, why));
  log_.warning(why, {file, 0, 0, ""});
}

void Recorder::set_aside(const std::string& file, const std::string& as, const std::string& why) {
  Step step = step_at("set-aside", file, why);
  step.job = as;
  step.taken = rfc3339(wall_ms());
  write(step);
  log_.warning(why + ": moved to quarantine/", {file, 0, 0, ""});
  ++tally_.quarantined;
  news_.finish(Place::kQuarantine, why, wall_ms());
}

void Recorder::expired(const std::string& name, std::int64_t size, const std::string& why) {
  Step step;
  step.event = "expired";
  step.job = name;
  // Such a name is none that sp-watch gave; what is said of the file it came under has all its
  // bytes.
  if (find_invalid_utf8(name) != name.npos) step.file = name;
  step.size = size;
  step.why = why;
  write(step);
}

void Recorder::retried(const Job& job, const std::string& name, const std::string& why) {
  Step step = step_of("retried", job);
  step.file = name;
  step.sha256 = sha256_of_small(job.lock.get());
  step.why = why;
  write(step);
  log_.info(why, {job.name, 0, 0, ""});
}

void Recorder::trouble(const char* event, const Job& job, const std::string& why) {
  write(end_of(event, job, why));
  log_.error(why, {job.name, 0, 0, ""});
}

void Recorder::trouble(const std::string& file, const std::string& why) {
  write(step_at("error", file, why));
  log_.error(why, {file, 0, 0, ""});
}

}  // namespace sp::watch
