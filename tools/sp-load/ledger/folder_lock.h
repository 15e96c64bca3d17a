// The lock of the runs that bring rejected rows to one folder: one alone looks what lies there and
// moves its own.
#pragma once

#include <chrono>
#include <string>

#include "sp/io/descriptor.h"

namespace sp::load {

// Held while it lives, by flock(2) on a file of the folder that is there for so long: who may not
// write to the folder cannot open it, and so not block it.
class FolderLock {
 public:
  // `folder` is open, at least as long as this; `path` names it in errors. Throws Error:
  // kTempFail where others hold it for all of `patience`, kIoErr.
  FolderLock(int folder, const std::string& path, std::chrono::milliseconds patience = kPatience);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  static constexpr std::chrono::minutes kPatience{1};  // they may copy to another file system
  bool take();
  const int folder_;
  const std::string& path_;
  Descriptor fd_;
};

}  // namespace sp::load
