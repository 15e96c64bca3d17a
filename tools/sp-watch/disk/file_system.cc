#include "sp-watch/disk/file_system.h"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <optional>

namespace sp::watch {
namespace {

constexpr std::size_t kFew = 4;  // files that are synced one by one

// What statfs(2) says; its numbers have 32 bits, whatever the type.
std::optional<long> magic_of(int fd) {
  struct statfs fs;
  if (::fstatfs(fd, &fs) != 0) return std::nullopt;
  return static_cast<long>(fs.f_type) & 0xffffffffL;
}

template <std::size_t kSize>
bool is_one_of(const long (&numbers)[kSize], long magic) {
  return std::find(std::begin(numbers), std::end(numbers), magic) != std::end(numbers);
}

}  // namespace

bool is_local(int fd) {
  constexpr long kRemote[] = {NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC,  CIFS_SUPER_MAGIC,
                              SMB2_SUPER_MAGIC, CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC,
                              V9FS_MAGIC,       FUSE_SUPER_MAGIC};
  const auto magic = magic_of(fd);
  return magic && !is_one_of(kRemote, *magic);
}

bool magic_keeps_owners(long magic) {
  constexpr long kHfs = 0x4244, kNtfs = 0x5346544e, kNtfs3 = 0x7366746e;
  constexpr long kWithout[] = {MSDOS_SUPER_MAGIC, EXFAT_SUPER_MAGIC, kNtfs,           kNtfs3, kHfs,
                               SMB_SUPER_MAGIC,   CIFS_SUPER_MAGIC,  SMB2_SUPER_MAGIC};
  return !is_one_of(kWithout, magic);
}

bool keeps_owners(int fd) {
  const auto magic = magic_of(fd);
  return !magic || magic_keeps_owners(*magic);
}

bool syncs_together(int fd, std::size_t files) { return files > kFew && is_local(fd); }

int sync_whole(int fd) { return ::syncfs(fd) == 0 || errno == EROFS ? 0 : errno; }

}  // namespace sp::watch
