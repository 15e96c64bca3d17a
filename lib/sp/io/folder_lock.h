// The lock of the programs that change what lies in a folder of rejected rows: one alone looks what
// is there, brings its own or takes away, and what a kill cuts short the next one ends.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sp/io/descriptor.h"

namespace sp {

// A file of the folder and its name there from now on.
struct Renaming {
  std::string from, to;
};

// Held while it lives, by flock(2) on a file of the folder that is there for so long: who may not
// write to the folder cannot open it, and so not block it. The file is empty, or says what is
// renamed together: "FROM\0TO\0" for each, and "\0".
class FolderLock {
 public:
  static constexpr std::chrono::minutes kPatience{1};  // others may copy to another file system
  // `folder` is open, at least as long as this; `path` names it in errors. Throws Error:
  // kTempFail where others hold it for all of `patience`, kIoErr.
  FolderLock(int folder, const std::string& path, std::chrono::milliseconds patience = kPatience);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  // Renames files of the folder, all of them or none: where a kill or an error comes in between,
  // who has the lock next begins with the rest. Those that are not there are left out, and nothing
  // is replaced. On the disk when it returns. Throws Error(kIoErr).
  void rename_together(const std::vector<Renaming>& files);

 private:
  bool take();
  void finish_renaming();
  const int folder_;
  const std::string& path_;
  Descriptor fd_;
};

}  // namespace sp
