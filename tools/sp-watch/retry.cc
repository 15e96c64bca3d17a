#include "sp-watch/retry.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sp-watch/disk/watchers.h"
#include "sp-watch/job/job_name.h"
#include "sp-watch/job/kept_name.h"
#include "sp-watch/job/spool.h"
#include "sp-watch/say/recorder.h"
#include "sp/io/durable.h"

namespace sp::watch {
namespace {

constexpr Place kFrom[] = {Place::kQuarantine, Place::kFailed};
using Found = std::set<std::pair<Place, std::string>>;

// What a person asks for: NAME, quarantine/NAME or failed/NAME.
struct Wanted {
  std::optional<Place> place;
  std::string name;
};

Wanted parse(const std::string& text) {
  Wanted out{std::nullopt, text};
  for (const Place place : kFrom) {
    const std::string folder = std::string(place_name(place)) + "/";
    if (!text.starts_with(folder)) continue;
    out = {place, text.substr(folder.size())};
  }
  if (out.name.empty() || out.name[0] == '.' || out.name.find('/') != std::string::npos) {
    throw Error(ExitCode::kUsage,
                fmt::format("'{}' is no name of a file in quarantine/ or failed/; write NAME, "
                            "quarantine/NAME or failed/NAME",
                            visible(text)));
  }
  if (!parse_kept_name(out.name).ending.empty()) {
    throw Error(ExitCode::kUsage,
                visible(out.name) + " lies beside a file, and goes with it; name that file");
  }
  return out;
}

// Rejected rows of a file that lies elsewhere: without a person's hand they are rejected again.
bool are_rejects(const Folder& folder, const std::string& name) {
  const KeptName kept = parse_kept_name(name);
  return exists(folder.fd.get(), kept.file + std::string(kErrorsEnding) + kept.number) &&
         !exists(folder.fd.get(), name + std::string(kReasonEnding));
}

[[noreturn]] void say_not_there(const Wanted& wanted, std::uint64_t passed_over) {
  const std::string where =
      wanted.place ? std::string(place_name(*wanted.place)) + "/" : "quarantine/ or failed/";
  std::string what = fmt::format("there is no file {} in {}", visible(wanted.name), where);
  if (passed_over > 0) {
    what += fmt::format(", but for {} of rejected rows: mend them, and name each",
                        counted(passed_over, "file"));
  }
  throw Error(ExitCode::kNoInput, what);
}

// Files of that very name; where there is none, those that match it as a pattern.
Found find(const Wanted& wanted, const Spool& spool) {
  Found out;
  for (const Place place : kFrom) {
    if (wanted.place.value_or(place) != place) continue;
    if (exists(spool.folder(place).fd.get(), wanted.name)) out.emplace(place, wanted.name);
  }
  if (out.size() > 1) {
    throw Error(ExitCode::kUsage,
                fmt::format("{0} lies in both quarantine/ and failed/; say which: "
                            "quarantine/{0} or failed/{0}",
                            visible(wanted.name)));
  }
  if (!out.empty()) return out;
  std::uint64_t passed_over = 0;
  for (const Place place : kFrom) {
    if (wanted.place.value_or(place) != place) continue;
    list_folder(spool.folder(place), [&](const DirEntry& entry) {
      if (entry.type != DT_REG && entry.type != DT_UNKNOWN) return;
      if (!parse_kept_name(entry.name).ending.empty()) return;
      if (::fnmatch(wanted.name.c_str(), entry.name, FNM_PERIOD) != 0) return;
      if (are_rejects(spool.folder(place), entry.name)) {
        ++passed_over;
      } else {
        out.emplace(place, entry.name);
      }
    });
  }
  if (out.empty()) say_not_there(wanted, passed_over);
  return out;
}

// Whether a watcher is there to find them. Asked before the spool is one itself.
std::optional<bool> is_at_hand(const FolderOptions& options) {
  const Folders folders = look_at_folders(options);
  if (folders.own.fd && folders.work.fd) return is_watched(folders);
  throw Error(ExitCode::kNoInput, "no sp-watch ever ran on " + folders.dir.path);
}

}  // namespace

void run_retry(const Options& options, const Log& log) {
  std::vector<Wanted> wanted;
  for (const std::string& text : options.again) wanted.push_back(parse(text));
  std::signal(SIGIO, SIG_IGN);  // see open_writer.h
  const auto is_watched = is_at_hand(options.folders);
  Spool spool(options.folders);
  Found found;
  for (const Wanted& each : wanted) found.merge(find(each, spool));
  Recorder recorder(
      Journal(journal_path(options, spool.folders().own.path),
              {!options.journal.empty(), options.folders.group_writable}, spool.folders().dir.path),
      log);
  std::optional<Error> failure;
  std::size_t back = 0;
  for (const auto& [place, name] : found) {
    const std::string at = std::string(place_name(place)) + "/" + name;
    try {
      Job job;
      spool.give_back(place, name, job);
      recorder.retried(job, name, fmt::format("given back from {}/ by --retry", place_name(place)));
      ++back;
    } catch (const Error& error) {
      log.error(error.what(), {at, 0, 0, ""});
      if (!failure) failure = error;
    }
  }
  recorder.sync();
  if (is_watched == false && back > 0) {
    log.info("no sp-watch runs on the folder: the next one tries them");
  }
  if (!recorder.healthy()) throw Error(ExitCode::kIoErr, "the journal could not be written");
  if (failure) {
    throw Error(failure->code(), fmt::format("brought back {} of {}; see above", back,
                                             counted(found.size(), "file")));
  }
}

}  // namespace sp::watch
