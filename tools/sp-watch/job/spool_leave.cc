// How files leave work/: what lies beside them is on disk before they move, and the moves are on
// disk before the next step; for many files at the price of few.
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "sp-watch/disk/file_system.h"
#include "sp-watch/job/job_name.h"
#include "sp-watch/job/job_state.h"
#include "sp-watch/job/spool.h"
#include "sp/base/diagnostic.h"
#include "sp/base/fault_point.h"
#include "sp/base/path_name.h"
#include "sp/io/durable.h"

namespace sp::watch {
namespace {

// Does `step` for each that is not in trouble yet; one that fails spoils no other.
template <class Step>
void for_each(std::vector<Departure>& leaving, Step step) {
  for (Departure& departure : leaving) {
    if (!departure.failure.empty()) continue;
    try {
      step(departure);
    } catch (const Error& error) {
      departure.failure = error.what();
    }
  }
}

}  // namespace

// A copy to another file system may have been cut off before its last step; it is finished under
// its name.
bool Spool::is_copied(const Departure& departure) const {
  const Folder& to = folder(departure.place);
  return to.device != folders_.work.device && exists(to.fd.get(), departure.job->name);
}

// Returns the name of the reason's file, or "" where there is none.
std::string Spool::name_target(Departure& departure, Sync sync) const {
  const Folder& to = folder(departure.place);
  departure.as = free_target(to, departure.job->name);
  if (departure.reason.empty()) return "";
  std::string out = departure.as + std::string(kReasonEnding);
  write_file(to.fd.get(), out, departure.reason, sync);
  return out;
}

void Spool::put_beside(Departure& departure, std::vector<Beside>& beside) const {
  if (departure.place == Place::kDone) {
    const std::string name(unpacked_name(departure.job->name));
    // Rejected rows that the command put into quarantine must be as durable as the file's end.
    for (const std::string& rejects : {name, name + std::string(kErrorsEnding)}) {
      if (exists(folders_.quarantine.fd.get(), rejects)) {
        beside.push_back({&folders_.quarantine, rejects});
      }
    }
  }
  if (is_copied(departure)) return;
  const std::string reason = name_target(departure, Sync::kLater);
  if (!reason.empty()) beside.push_back({&folder(departure.place), reason});
}

void Spool::sync_beside(const std::vector<Beside>& beside) const {
  for (const Folder* folder : {&folders_.done, &folders_.quarantine, &folders_.failed}) {
    std::vector<const std::string*> names;
    for (const Beside& file : beside) {
      if (file.folder == folder) names.push_back(&file.name);
    }
    if (names.empty()) continue;
    const int fd = folder->fd.get();
    if (syncs_together(fd, names.size())) {
      require_done(sync_whole(fd), "sync", folder->path);
      continue;
    }
    for (const std::string* name : names) require_done(sync_named(fd, *name), "sync", *name);
    require_done(sync_descriptor(fd), "sync", folder->path);
  }
}

void Spool::move(Departure& departure) const {
  const std::string& name = departure.job->name;
  const int work = folders_.work.fd.get();
  const int to = folder(departure.place).fd.get();
  SP_FAULT("watch-before-move");
  if (departure.as.empty()) {
    const int error = move_file(work, name, to, name);
    if (error != EEXIST) {
      departure.as = name;
      return require_done(error, "move to its place", name);
    }
    name_target(departure, Sync::kNow);
  }
  require_done(move_file(work, name, to, departure.as), "move to its place", name);
}

// Those of a former fate: somebody gave the file back, or a crash came before its move.
void Spool::drop_old_reasons(const Departure& departure) const {
  const std::string& name = departure.job->name;
  for (const Place place : {Place::kQuarantine, Place::kFailed}) {
    if (departure.place == place && departure.as == name) continue;
    ::unlinkat(folder(place).fd.get(), (name + std::string(kReasonEnding)).c_str(), 0);
  }
}

void Spool::finish(std::vector<Departure>& leaving, const std::function<void()>& before_moves) {
  std::vector<Beside> beside;
  for_each(leaving, [&](Departure& departure) { put_beside(departure, beside); });
  try {
    sync_beside(beside);
  } catch (const Error& error) {
    for_each(leaving, [&](Departure& departure) { departure.failure = error.what(); });
  }
  if (before_moves) before_moves();
  for_each(leaving, [&](Departure& departure) { move(departure); });
  for (const Place place : {Place::kDone, Place::kQuarantine, Place::kFailed}) {
    const auto is_there = [&](const Departure& departure) { return departure.place == place; };
    if (std::none_of(leaving.begin(), leaving.end(), is_there)) continue;
    const int error = sync_descriptor(folder(place).fd.get());
    for_each(leaving, [&](Departure& departure) {
      if (is_there(departure)) require_done(error, "sync", folder(place).path);
    });
  }
  const int error = sync_descriptor(folders_.work.fd.get());
  for_each(leaving, [&](Departure& departure) {
    require_done(error, "sync", folders_.work.path);
    if (departure.job->file.empty()) drop_old_reasons(departure);
    drop_job_state(folders_.state.fd.get(), departure.job->name);
  });
}

}  // namespace sp::watch
