// Who holds a lock or a lease on a file, by /proc/locks: the processes of this machine that our own
// PID namespace shows.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sp::watch {

struct Holder {
  pid_t pid;
  std::string kind;  // as the kernel says it: FLOCK, LEASE, POSIX
};

// The device as the kernel numbers it, which need not be that of stat(2): not on btrfs.
struct LockedFile {
  unsigned major = 0;
  unsigned minor = 0;
  std::uint64_t inode = 0;
};

// Of the lines of /proc/locks those about the file. A process that waits for a lock holds none; one
// that has no number (of another namespace) is left out.
std::vector<Holder> parse_locks(std::string_view text, const LockedFile& file);

// Of an open file.
std::vector<Holder> holders_of(int fd);
// Of `name` in an open directory, on the same file system; not opened, not followed.
std::vector<Holder> holders_of(int dir, const std::string& name);

// "process 4711 (sleep) of user 1000", or that nobody can be seen.
std::string describe(const std::vector<Holder>& holders);

}  // namespace sp::watch
