// Moves and small files that a power cut leaves whole: before or after, never between.
//
// Directories are given as descriptors, names as one component. Functions that return int give 0 or
// an errno value; the others throw Error(kIoErr).
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace sp {

// A rename that never replaces: EEXIST where `to` is there. Atomic where the file system knows
// RENAME_NOREPLACE; elsewhere a look and a rename, which is as good while one program alone,
// under a lock of its own, creates names in `to_dir`.
int rename_noreplace(int from_dir, const std::string& from, int to_dir, const std::string& to);

// Moves a file by rename, or, to another file system, by a copy that is synced and put into place
// before the original goes; a crash between leaves both, and the next move of the same file ends
// it. EEXIST where `to` is there and is another file. The caller syncs the
// directories, the new one first: a power cut between the two may then show the file twice, never
// not at all.
int move_file(int from_dir, const std::string& from, int to_dir, const std::string& to);

// The same, but what lies under `to` gives way, in one step: it is there, or the new file is.
int move_file_over(int from_dir, const std::string& from, int to_dir, const std::string& to);

enum class Sync { kNow, kLater };  // kLater: the caller syncs several files together

// Writes `content` as the new file `part`, whatever lay under that name, syncs it and renames it to
// `name`, replacing what is there. `mode` is less the umask. The directory is not synced.
int put_file(int dir, const std::string& part, const std::string& name, std::string_view content,
             mode_t mode, Sync sync);
// The same under part_name(): for a directory where one program alone writes, under a lock of its
// own. The move that follows syncs the directory.
void write_file(int dir, const std::string& name, std::string_view content, Sync sync = Sync::kNow);

// fsync of the file `name`; nothing where it is not there or is not a regular file.
int sync_named(int dir, const std::string& name);

// Whether both are regular files of the same bytes; false also where one cannot be read.
bool same_content(int a_dir, const std::string& a, int b_dir, const std::string& b);

// Whether both are regular files and the bytes of `a` are the first of `b`; false also where one
// cannot be read.
bool is_beginning_of(int a_dir, const std::string& a, int b_dir, const std::string& b);

bool exists(int dir, const std::string& name);

// Removes what is there, a directory with all that is in it; no link is followed. 0 where nothing
// is.
int remove_tree(int dir, const std::string& name);

// The temporary name for `name`, in the same directory.
std::string part_name(const std::string& name);

}  // namespace sp
