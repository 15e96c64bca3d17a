// The watchers of a folder: each has a record lock on .sp-watch/watchers as long as it runs.
//
// Only who may change the folder can open that file, so nobody else passes for a watcher. Record
// locks (fcntl(2)) are the process's own: a command that it starts does not inherit them, and they
// work between the machines that share a file system. Where it has none the folder passes for
// unwatched.
#pragma once

#include <optional>
#include <vector>

#include "sp-watch/disk/folders.h"
#include "sp-watch/disk/lock_holder.h"
#include "sp/io/descriptor.h"

namespace sp::watch {

class Watchers {
 public:
  // Joins them. `folders` outlives the object; there is one for a process. Throws what
  // open_lock_file() throws.
  explicit Watchers(const Folders& folders);

  // Whether this process or another watcher is among `holders`. Where nobody can be seen who holds
  // a lock it may be a watcher of another machine or container, if there is one.
  bool are_among(const std::vector<Holder>& holders) const;

 private:
  Descriptor fd_;
};

// Whether one runs; nothing where the user may not know. `folders` as look_at_folders() gives them.
std::optional<bool> is_watched(const Folders& folders);

}  // namespace sp::watch
