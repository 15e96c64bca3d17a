#include "sp-watch/say/recorder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "sp-watch/duration.h"
#include "sp/base/version.h"

namespace sp::watch {

void Recorder::write(const JsonObject& line) {
  if (journal_.write(line)) return;
  if (lost_++ == 0) {
    log_.error(fmt::format("cannot write the journal {}: {}; no file is taken until it can be",
                           journal_.path(), std::generic_category().message(errno)));
  }
}

void Recorder::mend() {
  if (lost_ == 0) return;
  const std::uint64_t lost = lost_;
  if (!journal_.write(Journal::event("gap").add("lost", lost))) return;
  lost_ = 0;
  log_.info(fmt::format("the journal can be written again; {} lines are missing", lost));
}

void Recorder::reopen() {
  try {
    journal_.reopen();
  } catch (const Error& error) {
    log_.error(error.what() + std::string("; the old journal is used"));
  }
}

void Recorder::started(const std::string& dir) {
  JsonObject line = Journal::event("start");
  Journal::add_name(line, "dir", dir);
  write(line.add("pid", std::int64_t{::getpid()}).add("version", kVersion));
  log_.info("watching " + dir);
}

void Recorder::stopped() { write(Journal::event("stop").add("pid", std::int64_t{::getpid()})); }

void Recorder::taken(const Job& job) {
  JsonObject line = Journal::event("taken");
  Journal::add_name(line, "file", job.file);
  write(line.add("job", job.name).add("size", job.stamp.size));
}

void Recorder::resumed(const Job& job) {
  write(Journal::event("resumed")
            .add("job", job.name)
            .add("size", job.stamp.size)
            .add("attempts", std::uint64_t{job.state.attempts}));
}

void Recorder::running(const Job& job, long pid, std::size_t files) {
  JsonObject line = Journal::event("run");
  line.add("job", job.name).add("attempt", std::uint64_t{job.state.attempts});
  if (files > 1) line.add("files", std::uint64_t{files});
  write(line.add("pid", std::int64_t{pid}));
}

void Recorder::ended(const Job& job, const std::string& how, double seconds, std::size_t files) {
  JsonObject line = Journal::event("end");
  line.add("job", job.name).add("how", how);
  if (files > 1) line.add("files", std::uint64_t{files});
  write(line.add("seconds", seconds));
}

void Recorder::halved(const Job& first, std::size_t files, const std::string& why) {
  write(Journal::event("halve")
            .add("job", first.name)
            .add("files", std::uint64_t{files})
            .add("why", why));
  log_.info(fmt::format("the run of {} and {} more: {}; its files are tried as two halves",
                        first.name, files - 1, why));
}

void Recorder::finished(const Job& job, Place place, const std::string& as, const std::string& why,
                        double seconds) {
  JsonObject line = Journal::event(place_name(place));
  line.add("job", job.name);
  if (as != job.name) line.add("as", as);
  write(line.add("why", why).add("attempts", std::uint64_t{job.state.attempts}));
  const Location where{job.name, 0, 0, ""};
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
  write(Journal::event("retry")
            .add("job", job.name)
            .add("why", why)
            .add("attempts", std::uint64_t{job.state.attempts})
            .add("delay_ms", std::int64_t{delay.count()}));
  log_.warning(fmt::format("{}; next try in {}", why, format_duration(delay)),
               {job.name, 0, 0, ""});
}

void Recorder::left_alone(const char* event, const std::string& file, const std::string& why) {
  JsonObject line = Journal::event(event);
  Journal::add_name(line, "file", file);
  write(line.add("why", why));
  log_.warning(why + ": left where it is", {file, 0, 0, ""});
}

void Recorder::locked(const std::string& file, const std::string& who, const std::string& effect) {
  const std::string why = who + " has it locked: " + effect;
  JsonObject line = Journal::event("locked");
  Journal::add_name(line, "file", file);
  write(line.add("why", why));
  log_.warning(why, {file, 0, 0, ""});
}

void Recorder::set_aside(const std::string& file, const std::string& as, const std::string& why) {
  JsonObject line = Journal::event("set-aside");
  Journal::add_name(line, "file", file);
  write(line.add("job", as).add("why", why));
  log_.warning(why + ": moved to quarantine/", {file, 0, 0, ""});
  ++tally_.quarantined;
}

void Recorder::trouble(const char* event, const std::string& name, const std::string& why) {
  JsonObject line = Journal::event(event);
  Journal::add_name(line, "job", name);
  write(line.add("why", why));
  log_.error(why, {name, 0, 0, ""});
}

}  // namespace sp::watch
