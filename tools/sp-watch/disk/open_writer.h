// Whether somebody still has a file open for writing: a read lease (fcntl F_SETLEASE) is refused
// exactly then. It is asked for and given back at once.
//
// The process must ignore SIGIO, which a writer that opens the file in that moment sends to us.
#pragma once

namespace sp::watch {

enum class OpenWriter {
  kNone,
  kSome,
  kUnknown,  // no leases here: a network file system, or another user's file without CAP_LEASE
};

OpenWriter open_writer(int fd);

}  // namespace sp::watch
