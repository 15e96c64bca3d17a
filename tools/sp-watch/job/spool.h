// Takes files out of the folder, locks them in work/, and brings them to where their fate sends
// them, so that at every moment, a crash or a power cut included, each file is in exactly one
// place.
//
// A file is taken by a rename into work/ under a name that is free in all folders (job_name.h), so
// that whatever belongs to this job later may simply replace its own. Watchers of the same folder
// take turns by a lock on .sp-watch/lock while they look for a free name and rename. A command at
// work is shown by a lock on the file itself, which the command inherits: a file in work/ without a
// lock waits for its next try, or its watcher died; any watcher may go on with it.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp-watch/disk/file_lock.h"
#include "sp-watch/disk/folders.h"
#include "sp-watch/disk/watchers.h"
#include "sp-watch/job/job.h"
#include "sp-watch/job/place.h"
#include "sp-watch/job/progress.h"
#include "sp-watch/name_filter.h"
#include "sp/io/durable.h"

namespace sp::watch {

// What lies under a name in DIR.
enum class Kind {
  kRegular,
  kDirectory,
  kOurFolder,
  kLink,
  kFifo,
  kSocket,
  kDevice,
  kGone,
  kUnseen
};
const char* kind_name(Kind kind);

// A job on its way out of work/.
struct Departure {
  const Job* job;
  Place place;
  std::string reason;   // JSON that lies beside it; may be empty
  std::string as;       // filled: the name that it has there
  std::string failure;  // filled where it failed: why it may still be in work/
};

class Spool {
 public:
  // Throws what open_folders() throws, and Error(kConfig) where locks do not work.
  explicit Spool(const FolderOptions& options);

  const Folders& folders() const { return folders_; }
  // Whether each folder is still the one that was opened, for commands know them by their paths,
  // and still safe from other users. Throws Error: kNoInput where DIR is not, kTempFail where
  // another is not, kConfig where one is not safe.
  void check_folders() const;
  // Who, if anybody, may put another folder in the place of ours; empty for nobody.
  std::string who_may_replace() const;
  // The folder of ours whose file system keeps no owners; null where all do.
  const Folder* without_owners() const;
  // What DIR/file is now; `stamp` is filled for a regular file. Where the system does not tell,
  // kUnseen and errno.
  Kind look(const char* file, FileStamp& stamp) const;

  // DIR/file -> work/, locked. Durable only after sync_taken(); `job` is filled where the answer is
  // kYes. Throws Error(kIoErr, kConfig).
  Taken take(const std::string& file, const FileStamp& seen, Job& job);
  // The files' bytes and their new places. A command may run only after it.
  void sync_taken(const std::vector<Job>& jobs);
  // A file that is in work/ already. `longest` is the longest delay between two tries: a next try
  // that is farther away than that was planned by a clock that has jumped; 0 asks for a try now.
  Taken resume(const std::string& name, Millis longest, Job& job);
  // Who has a lock or a lease on the file: empty where that is a watcher, as far as can be known.
  std::string stranger_at(const Folder& folder, const std::string& file) const;
  // Who has the lock of the watchers' turn, on the file lock_path().
  std::string who_has_the_turn() const;
  std::string lock_path() const { return folders_.own.path + "/lock"; }

  // The lock ends; the file stays in work/.
  void release(Job& job) { job.lock.reset(); }

  // True where the file may no longer be what was locked: somebody wrote into it, or changed its
  // owner, mode or links (who restores a file's mtime cannot restore its ctime). `gone`: it was
  // deleted.
  bool has_changed(const Job& job, bool& gone) const;

  // Makes .sp-watch/tmp/NAME, empty. Returns its path.
  std::string make_tmp(const std::string& name);
  // Removes it; what cannot be removed, the next start tries again.
  void remove_tmp(const std::string& name) const;
  // Throws Error(kIoErr).
  void save_states(const std::vector<const Job*>& jobs);
  // Adds it to what all watchers know, which it returns; nothing where the turn is not to be had.
  // Throws Error(kIoErr).
  std::optional<Progress> add_progress(const Progress& news);
  // Leaves it for --status; false where the turn is not to be had. Throws Error(kIoErr).
  bool keep(const NameFilter& filter);
  // Brings each job to its place, with its reason (JSON, where not empty) beside it, and forgets
  // its state. One that fails is still in work/, and has its own failure. `before_moves` is called
  // when it is known where they go and under which names, but for those that are done.
  void finish(std::vector<Departure>& leaving, const std::function<void()>& before_moves = {});
  // Forgets a job whose file was deleted.
  void forget(const Job& job);
  // Something in DIR or work/ that is not a regular file: renamed into quarantine/ unopened. Empty
  // where it went, or cannot be moved by a rename.
  std::string set_aside(const Folder& from, const std::string& file, const std::string& reason);

  // Brings a regular file of quarantine/ or failed/ back to work/, where it waits for its next try,
  // and removes what lay beside it. `job` gets the name, the lock and the state that it has there;
  // the lock is to be held until that is told. Rejected rows come back under the name of their
  // file, NAME for NAME.~1~, as a file of their own. Throws Error: kNoInput where it is not there
  // or cannot be read, kDataErr where it is no regular file, kTempFail where somebody is at it or
  // at the folder, or work/ holds one of that name, kConfig where work/ is on another file system,
  // kIoErr.
  void give_back(Place from, const std::string& name, Job& job);

  // Removes state, temporary directories and half-written files of jobs that are no longer in
  // work/. Returns those that waited for another try and lie nowhere any more. Throws
  // Error(kIoErr).
  std::vector<Job> clean();

  std::string work_path(const Job& job) const { return folders_.work.path + "/" + job.name; }
  const Folder& folder(Place place) const;

 private:
  std::array<const Folder*, 7> kept() const;
  bool is_operators_link(const char* file) const;
  bool is_free_at_work(std::string_view plain) const;
  bool is_free_in_quarantine(std::string_view name) const;
  std::string free_name(const std::string& file) const;
  std::string free_target(const Folder& folder, const std::string& name) const;
  bool is_stale(const std::string& name) const;
  bool has_left(const std::string& name) const;
  void clean_parts(const Folder& folder) const;

  struct Beside {
    const Folder* folder;
    std::string name;
  };
  bool is_copied(const Departure& departure) const;
  std::string name_target(Departure& departure, Sync sync) const;
  void put_beside(Departure& departure, std::vector<Beside>& beside) const;
  void sync_beside(const std::vector<Beside>& beside) const;
  void move(Departure& departure) const;
  void drop_old_reasons(const Departure& departure) const;

  Folders folders_;
  Descriptor lock_;
  Watchers watchers_;
};

}  // namespace sp::watch
