// Whether folders and files of sp-watch's own are safe from other users, so that what lies in them
// is what sp-watch and its commands have put there.
//
// A folder is safe where it belongs to the user that sp-watch runs as, or to root, and nobody else
// may write to it: others never, its group only where --group-writable says so. The group's bit
// also stands for what an ACL lets anybody do. All is asked of an open descriptor, and what is
// judged is what is used.
#pragma once

#include <sys/types.h>

#include <string>

namespace sp::watch {

enum class Trust {
  kSafe,
  kNoOwners,     // the file system keeps none: who may write is for its mount options to say
  kForeign,      // it belongs to another user
  kOthersWrite,  // everybody may write to it; a sticky bit does not help
  kGroupWrites,  // its group may, and no flag allows that
};

struct Ownership {
  uid_t owner;
  mode_t mode;
  bool is_kept;  // by the file system
};

Trust judge(const Ownership& of, uid_t user, bool group_may_write);

inline bool is_safe(Trust trust) { return trust == Trust::kSafe || trust == Trust::kNoOwners; }

// Of what the descriptor is. Throws Error(kIoErr); `path` is for messages.
Ownership ownership_of(int fd, const std::string& path);

// Throws Error(kConfig), with owner, mode and what to do, where the folder is not safe.
void require_safe(const Ownership& of, const std::string& path, bool group_may_write);

// A file to lock by, created and kept so that nobody can lock or read it who may not change its
// folder, which is safe. Throws Error: kConfig where somebody else put it there, kIoErr.
int open_lock_file(int folder, const std::string& name, const std::string& path,
                   bool group_may_write);

}  // namespace sp::watch
