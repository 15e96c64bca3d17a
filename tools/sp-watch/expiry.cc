#include "sp-watch/expiry.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "sp-watch/disk/file_lock.h"
#include "sp-watch/job/job_name.h"
#include "sp-watch/job/kept_name.h"
#include "sp/base/diagnostic.h"
#include "sp/base/fault_point.h"
#include "sp/io/durable.h"
#include "sp/io/folder_lock.h"

namespace sp::watch {
namespace {

constexpr Millis kSlice{100};            // of one rescan
constexpr int kRest = 100;               // times as long as a round took
constexpr std::size_t kTogether = 1000;  // files that are told, synced and then removed
constexpr Millis kTrouble = std::chrono::hours(1);
constexpr Millis kBusy = std::chrono::seconds(10);
constexpr std::int64_t kNanosOfMilli = 1'000'000;

std::optional<FileStamp> regular_at(int dir, const std::string& name) {
  struct stat st;
  if (::fstatat(dir, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode)) {
    return std::nullopt;
  }
  return stamp_of(st);
}

// The file last: where a crash comes before, it is found again.
void remove_file(const Folder& folder, const std::string& name) {
  const int dir = folder.fd.get();
  const KeptName kept = parse_kept_name(name);
  for (const std::string_view ending : {kErrorsEnding, kReasonEnding}) {
    const std::string beside = kept.file + std::string(ending) + kept.number;
    if (kept.ending.empty() && regular_at(dir, beside)) ::unlinkat(dir, beside.c_str(), 0);
  }
  SP_FAULT("watch-expiring");
  if (::unlinkat(dir, name.c_str(), 0) != 0 && errno != ENOENT) {
    throw_errno("remove", folder.path + "/" + name);
  }
}

}  // namespace

Expiry::Expiry(const Options& options, const Spool& spool, Recorder& recorder)
    : spool_(spool), recorder_(recorder), is_once_(options.once) {
  for (const Place place : kPlaces) {
    const auto& keep = options.keep[static_cast<std::size_t>(place)];
    if (keep) rounds_.push_back({place, *keep});
  }
}

void Expiry::go_on() {
  const TimePoint until = is_once_ ? TimePoint::max() : now() + kSlice;
  for (Round& round : rounds_) {
    if (!recorder_.healthy()) return;
    if (now() < round.next) continue;
    try {
      if (!read_on(round, until)) return;
    } catch (const Error& error) {
      const bool is_busy = error.code() == ExitCode::kTempFail;
      if (is_busy) {
        recorder_.log().warning(error.what());
      } else {
        recorder_.trouble(spool_.folder(round.place).path, error.what());
      }
      round.list.reset();
      round.next = now() + (is_busy ? kBusy : kTrouble);
    }
  }
}

bool Expiry::read_on(Round& round, TimePoint until) {
  const TimePoint began = now();
  if (!round.list) begin(round);
  std::vector<File> due;
  bool is_over = false;
  while (!is_over && now() < until && recorder_.healthy()) {
    const auto entry = round.list->next();
    if (entry) look_at(round, *entry, due);
    if (!entry || due.size() >= kTogether) remove(round, due);
    if (!entry) is_over = end_pass(round);
  }
  remove(round, due);
  round.spent += now() - began;
  if (!is_over) return false;
  round.list.reset();
  const Millis due_in = round.keep.age + Millis(round.first_to_come / kNanosOfMilli - wall_ms());
  round.next = now() + kRest * round.spent;
  if (round.keep.files == 0) round.next = std::max(round.next, now() + due_in);
  return true;
}

void Expiry::open_list(Round& round) const {
  const Folder& folder = spool_.folder(round.place);
  round.list.emplace(folder.fd.get(), folder.path);
}

void Expiry::begin(Round& round) const {
  const std::int64_t now_ns = wall_ms() * kNanosOfMilli;
  open_list(round);
  round.border.reset();
  if (round.keep.files == 0) round.border = now_ns - round.keep.age.count() * kNanosOfMilli;
  round.count = 0;
  round.newest = {};
  round.first_to_come = now_ns;
  round.spent = {};
}

void Expiry::look_at(Round& round, const DirEntry& entry, std::vector<File>& due) const {
  const int dir = spool_.folder(round.place).fd.get();
  std::string name = entry.name;
  const KeptName kept = parse_kept_name(name);
  if (!finished_.accepts((kept.file + std::string(kept.ending)).c_str())) return;
  if (!kept.ending.empty() && exists(dir, kept.beside())) return;  // it goes with that
  const auto stamp = regular_at(dir, name);
  if (!stamp) return;
  if (!round.border) {
    ++round.count;
    round.newest.push(stamp->ctime_ns);
    if (round.count > round.keep.files) round.newest.pop();
  } else if (stamp->ctime_ns < *round.border) {
    due.push_back({std::move(name), *stamp});
  } else {
    round.first_to_come = std::min(round.first_to_come, stamp->ctime_ns);
  }
}

// Files that came in the same moment as the last that is kept are kept too.
bool Expiry::end_pass(Round& round) const {
  if (round.border || round.count <= round.keep.files) return true;
  round.border = round.newest.top();
  open_list(round);
  return false;
}

void Expiry::remove(const Round& round, std::vector<File>& due) {
  if (due.empty()) return;
  const Folder& folder = spool_.folder(round.place);
  std::optional<FolderLock> lock;  // sp-load puts new rows and reasons in the place of old ones
  if (round.place == Place::kQuarantine) {
    lock.emplace(folder.fd.get(), folder.path, is_once_ ? FolderLock::kPatience : kSlice);
  }
  for (const File& file : due) {
    recorder_.expired(file.name, file.stamp.size,
                      fmt::format("in {}/ since {}; --keep-{} {}", place_name(round.place),
                                  rfc3339(file.stamp.ctime_ns / kNanosOfMilli),
                                  place_name(round.place), round.keep.text));
  }
  if (!recorder_.healthy()) return due.clear();
  recorder_.sync();
  SP_FAULT("watch-before-expire");
  for (const File& file : due) {
    // What came under that name meanwhile is another file.
    if (regular_at(folder.fd.get(), file.name) == file.stamp) remove_file(folder, file.name);
  }
  recorder_.log().info(fmt::format("{} removed from {}/ (--keep-{} {})",
                                   counted(due.size(), "file"), place_name(round.place),
                                   place_name(round.place), round.keep.text));
  due.clear();
}

}  // namespace sp::watch
