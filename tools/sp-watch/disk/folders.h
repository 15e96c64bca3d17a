// The folder that is watched and the folders that sp-watch keeps: opened once, used by descriptor.
//
//   DIR/            where files land
//   work/           taken; locked (flock) while a command runs on it
//   done/ quarantine/ failed/
//   .sp-watch/      lock and watchers (watchers.h), journal.ndjson, state/ (jobs that are tried
//                   again), tmp/ (SP_TMPDIR of runs)
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sp/io/descriptor.h"
#include "sp/io/folder_list.h"

namespace sp::watch {

struct FolderOptions {
  std::string dir;
  // Empty: the folder of that name in DIR.
  std::string work, done, quarantine, failed;
  bool group_writable = false;  // the group of a folder of ours may write to it
};

struct Folder {
  std::string path;  // absolute
  Descriptor fd;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool is_named = false;     // by the operator, whose path may go through links
  bool keeps_owners = true;  // its file system does
};

struct Folders {
  Folder dir, work, done, quarantine, failed, own, state, tmp;
  bool group_writable = false;
  // That of ours which it is, but DIR; null where it is none.
  const Folder* find(std::uint64_t device, std::uint64_t inode) const;
};

// Creates what is missing. Throws Error: kNoInput where DIR is not there, kConfig where a folder of
// ours is something else (a symbolic link in DIR too) or is not safe from other users (trust.h),
// kIoErr.
Folders open_folders(const FolderOptions& options);
// The same without creating; a folder that is missing has no descriptor.
Folders look_at_folders(const FolderOptions& options);

// Calls `visit` for each of its entries. Throws Error(kIoErr).
void list_folder(const Folder& folder, const std::function<void(const DirEntry&)>& visit);

}  // namespace sp::watch
