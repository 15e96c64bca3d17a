#include "open_writer.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace sp::watch {
namespace {

// Network file systems refuse leases for reasons of their own with the same error, and know nothing
// of writers on other machines.
bool is_local(int fd) {
  constexpr long kRemote[] = {NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC,  CIFS_SUPER_MAGIC,
                              SMB2_SUPER_MAGIC, CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC,
                              V9FS_MAGIC,       FUSE_SUPER_MAGIC};
  struct statfs fs;
  return ::fstatfs(fd, &fs) == 0 && std::find(std::begin(kRemote), std::end(kRemote),
                                              static_cast<long>(fs.f_type)) == std::end(kRemote);
}

}  // namespace

OpenWriter open_writer(int fd) {
  if (!is_local(fd)) return OpenWriter::kUnknown;
  if (::fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(fd, F_SETLEASE, F_UNLCK);
    return OpenWriter::kNone;
  }
  return errno == EAGAIN ? OpenWriter::kSome : OpenWriter::kUnknown;
}

}  // namespace sp::watch
