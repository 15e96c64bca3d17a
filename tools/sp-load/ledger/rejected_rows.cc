#include "sp-load/ledger/rejected_rows.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>
#include <vector>

#include "sp/base/diagnostic.h"
#include "sp/base/path_name.h"
#include "sp/io/durable.h"
#include "sp/io/folder_list.h"
#include "sp/io/folder_lock.h"

namespace sp::load {
namespace {

constexpr std::string_view kErrors = ".errors.ndjson";
constexpr std::string_view kOurs = ".sp-";            // .sp-load.lock, and sp-watch's
constexpr std::string_view kReason = ".reason.json";  // sp-watch's, beside a file that was refused
constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

std::string rows_name(std::string_view file) { return std::string(unpacked_name(base_name(file))); }

[[noreturn]] void refuse(const std::string& action, const std::string& folder, int error) {
  throw Error(ExitCode::kConfig,
              "cannot " + action + " the folder for rejected rows " + folder + ": " +
                  std::generic_category().message(error) +
                  "; make it one that may be written, or name another (--quarantine, SP_QUARANTINE "
                  "of sp-pipeline)");
}

void require_writable(const std::string& folder, int flags) {
  const Descriptor fd(::open(folder.c_str(), flags));
  if (!fd) refuse("open", folder, errno);
  if (::faccessat(fd.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) refuse("write to", folder, errno);
}

bool has_bytes(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && info.st_size > 0;
}

// ".~1~" and its like, under which something of these names lies there.
std::set<std::string> numbers_there(int folder, const std::string& path,
                                    const std::vector<std::string>& names) {
  std::set<std::string> out;
  list_folder(folder, path, [&](const DirEntry& entry) {
    std::string_view name = entry.name;
    const std::string_view number = kept_number(name);
    name.remove_suffix(number.size());
    if (number.empty() || std::find(names.begin(), names.end(), name) == names.end()) return;
    out.emplace(number);
  });
  return out;
}

// What lies there under these names keeps them with a number, the same for all: GNU's way,
// NAME.~1~. `taken` are not free.
void keep_under_a_number(FolderLock& lock, const std::vector<std::string>& names,
                         const std::set<std::string>& taken) {
  std::string ending;
  for (unsigned n = 1; ending.empty() || taken.contains(ending); ++n) {
    ending = ".~" + std::to_string(n) + "~";
  }
  std::vector<Renaming> kept;
  kept.reserve(names.size());
  for (const std::string& name : names) kept.push_back({name, name + ending});
  lock.rename_together(kept);
}

}  // namespace

RejectedRows::RejectedRows(std::string rejects, std::string quarantine)
    : rejects_(std::move(rejects)), quarantine_(std::move(quarantine)) {}

void RejectedRows::check() const {
  if (!quarantine_.empty()) require_writable(quarantine_, kFolder);
}

void RejectedRows::check_name(const std::string& file) const {
  const std::string name = rows_name(file);
  if (!name.starts_with(kOurs) && !name.ends_with(kErrors) && !name.ends_with(kReason)) return;
  throw Error(
      ExitCode::kUsage,
      "rejected rows cannot have this name: it is one of those that begin with .sp-, or end "
      "with .errors.ndjson or .reason.json, of which quarantine has its own; rename it",
      {file, 0, 0, ""});
}

void RejectedRows::check(const std::string& file) const {
  if (!quarantine_.empty() || !has_bytes(errors_of(file))) return;
  const std::string folder = folder_of(file);
  struct stat info {};
  if (::lstat(folder.c_str(), &info) == 0) return require_writable(folder, kFolder | O_NOFOLLOW);
  if (::faccessat(AT_FDCWD, sp::folder_of(file).c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    refuse("make", folder, errno);
}

std::string RejectedRows::errors_of(const std::string& file) const {
  return rejects_ + "/" + rows_name(file) + std::string(kErrors);
}

std::string RejectedRows::folder_of(const std::string& file) const {
  return quarantine_.empty() ? sp::folder_of(file) + "/quarantine" : quarantine_;
}

std::string RejectedRows::place_of(const std::string& file, bool has_rows) const {
  return folder_of(file) + "/" + rows_name(file) + std::string(has_rows ? "" : kErrors);
}

bool RejectedRows::are_there(const std::string& file) const {
  return exists(AT_FDCWD, place_of(file, false));
}

bool RejectedRows::are_there(const std::string& file, const std::string& name) const {
  const std::string errors = "/" + rows_name(name) + std::string(kErrors);
  return exists(AT_FDCWD, folder_of(file) + errors) || has_bytes(errors_of(name));
}

bool RejectedRows::is_at_work(const std::string& file, const std::string& name) const {
  if (quarantine_.empty()) return false;
  return same_content(AT_FDCWD, file, AT_FDCWD, sp::folder_of(file) + "/" + name);
}

bool RejectedRows::bring(const std::string& file, bool has_rows) {
  if (!has_bytes(errors_of(file))) return false;
  const Descriptor from(::open(rejects_.c_str(), kFolder));
  if (!from) throw_errno("open", rejects_);
  const std::string folder = folder_of(file);
  const int to = open_quarantine(folder).get();
  FolderLock lock(to, folder);
  const std::string name = rows_name(file), errors = name + std::string(kErrors);
  // Rows tell for both: reasons name the file by its path, which can be spelled in many ways.
  const auto is_same = [&](const std::string& number) {
    return has_rows
               ? same_content(to, name + number, from.get(), name) && exists(to, errors + number)
               : same_content(to, errors + number, from.get(), errors) &&
                     !exists(to, name + number);
  };
  const std::vector<std::string> kept = {errors, name, name + std::string(kReason)};
  const std::set<std::string> numbers = numbers_there(to, folder, kept);
  if (std::any_of(numbers.begin(), numbers.end(), is_same)) return false;
  std::vector<std::string> names = {errors, name};
  const auto telling = has_rows && exists(to, name) ? std::vector{name} : names;
  // Those of an earlier state of a file that grows are the first of these.
  const auto is_other = [&](const std::string& each) {
    return exists(to, each) && !is_beginning_of(to, each, from.get(), each);
  };
  if (std::any_of(telling.begin(), telling.end(), is_other))
    keep_under_a_number(lock, kept, numbers);
  if (!has_rows) names.pop_back();
  for (const std::string& each : names) {
    require_done(sync_named(from.get(), each), "sync", each);
    const bool is_new = !exists(to, each);
    const int error = (is_new ? move_file : move_file_over)(from.get(), each, to, each);
    require_done(error, "bring to quarantine", each);
  }
  return true;
}

void RejectedRows::supersede(const std::string& file, const std::string& earlier) {
  const std::string name = rows_name(file), before = rows_name(earlier);
  const auto found = open_.find(folder_of(file));
  if (found == open_.end() || before == name) return;  // nothing was brought
  const int folder = found->second.get();
  const FolderLock lock(folder, found->first);
  if (!is_beginning_of(folder, before, folder, name)) return;
  // The rows last: they say the next time that both are to go.
  for (const std::string& each : {before + std::string(kErrors), before}) {
    require_done(remove_tree(folder, each), "remove", each);
  }
}

const Descriptor& RejectedRows::open_quarantine(const std::string& folder) {
  const auto found = open_.find(folder);
  if (found != open_.end()) return found->second;
  // Where nobody named it, a link that a stranger put there leads nowhere.
  const int flags = quarantine_.empty() ? kFolder | O_NOFOLLOW : kFolder;
  if (quarantine_.empty() && ::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
    throw_errno("create", folder);
  Descriptor fd(::open(folder.c_str(), flags));
  if (!fd && quarantine_.empty() && (errno == ELOOP || errno == ENOTDIR)) {
    throw Error(ExitCode::kIoErr, folder +
                                      " is no folder, or a link; name one for rejected rows "
                                      "(--quarantine, SP_QUARANTINE of sp-pipeline)");
  }
  if (!fd) throw_errno("open", folder);
  return open_.emplace(folder, std::move(fd)).first->second;
}

void RejectedRows::sync() const {
  for (const auto& [folder, fd] : open_) require_done(sync_descriptor(fd.get()), "sync", folder);
}

}  // namespace sp::load
