// Opening and locking files that strangers may have put there, and the watchers' lock on a folder.
//
// Locks are flock(2)'s: they belong to the open file, so that a command that inherits the
// descriptor holds the lock for as long as one of its processes lives, and the kernel ends it when
// all are dead.
#pragma once

#include <sys/stat.h>

#include <string>

#include "sp-watch/settle.h"
#include "sp/io/descriptor.h"

namespace sp::watch {

// What became of an attempt to take a file.
enum class Taken {
  kYes,
  kChanged,    // not the file that settled
  kWritten,    // somebody has it open for writing
  kElsewhere,  // somebody has a lock on it, as another watcher that is at it has, or a lease
  kNoTurn,     // somebody keeps the lock of the watchers' turn
  kGone,
  kIrregular,   // not a regular file
  kUnreadable,  // no permission
  kImmovable,   // it is fixed to its folder
  kNotYet,      // its next try is later
};

FileStamp stamp_of(const struct stat& st);

// Opens `name` for reading if it is a regular file (kYes), without following a link or waiting for
// a FIFO. The descriptor's number is high, so that a script that inherits it does not use it for
// something else. Throws Error(kIoErr).
Taken open_regular(int dir, const std::string& name, Descriptor& out, struct stat& st);

// False where somebody else holds the lock, or one that is shared. `fd` may be opened anew. Throws
// Error(kIoErr).
bool lock_file(Descriptor& fd, const std::string& name);

// Whether `name` is, unfollowed, that inode. Throws Error(kIoErr).
bool is_same_file(int dir, const std::string& name, std::uint64_t inode);

// The watchers' turn to take names, by a lock on the file `lock`. Held for microseconds; where it
// cannot be had soon (a watcher was stopped while it held it) it is false.
class Turn {
 public:
  explicit Turn(int lock);
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  explicit operator bool() const { return held_; }

 private:
  int lock_;
  bool held_ = false;
};

}  // namespace sp::watch
