// What kind of file system a file lies on, and syncing many of its files at once.
#pragma once

#include <cstddef>

namespace sp::watch {

// False on network file systems and FUSE: they know nothing of what other machines do, and not all
// of them pass a sync of the whole on to where the bytes lie.
bool is_local(int fd);

// False where files have no owners and modes of their own, or only what the mount options make up:
// vfat and its kind, NTFS, SMB. FUSE is not among them: any user may mount one.
bool keeps_owners(int fd);
// By the magic number of statfs(2).
bool magic_keeps_owners(long magic);

// Whether `files` files in the directory `fd` are cheaper synced together, by sync_whole(), than
// each by fsync: every fsync waits for the disk, however small its file is.
bool syncs_together(int fd, std::size_t files);

// syncfs of the file system on which `fd` lies: every file that was written before, and every
// rename, is on disk afterwards. 0 or an errno value.
int sync_whole(int fd);

}  // namespace sp::watch
