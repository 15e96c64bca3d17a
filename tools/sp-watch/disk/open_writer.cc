#include "sp-watch/disk/open_writer.h"

#include <fcntl.h>

#include <cerrno>

#include "sp-watch/disk/file_system.h"

namespace sp::watch {

// Network file systems refuse leases for reasons of their own with the same error, and know nothing
// of writers on other machines.
OpenWriter open_writer(int fd) {
  if (!is_local(fd)) return OpenWriter::kUnknown;
  if (::fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(fd, F_SETLEASE, F_UNLCK);
    return OpenWriter::kNone;
  }
  return errno == EAGAIN ? OpenWriter::kSome : OpenWriter::kUnknown;
}

}  // namespace sp::watch
