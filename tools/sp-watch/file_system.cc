#include "file_system.h"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace sp::watch {
namespace {

constexpr std::size_t kFew = 4;  // files that are synced one by one

}  // namespace

bool is_local(int fd) {
  constexpr long kRemote[] = {NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC,  CIFS_SUPER_MAGIC,
                              SMB2_SUPER_MAGIC, CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC,
                              V9FS_MAGIC,       FUSE_SUPER_MAGIC};
  struct statfs fs;
  return ::fstatfs(fd, &fs) == 0 && std::find(std::begin(kRemote), std::end(kRemote),
                                              static_cast<long>(fs.f_type)) == std::end(kRemote);
}

bool syncs_together(int fd, std::size_t files) { return files > kFew && is_local(fd); }

int sync_whole(int fd) { return ::syncfs(fd) == 0 || errno == EROFS ? 0 : errno; }

}  // namespace sp::watch
