// Opening a file to append to where other users may have been before.
#pragma once

#include <string>

#include "sp/io/descriptor.h"

namespace sp::watch {

struct LogPolicy {
  bool is_named = false;        // by the operator, whose path may go through links
  bool group_writable = false;  // the group of its folder may write to it
};

// Opens or creates `path` to append; a FIFO that nobody reads does not block.
//
// Where its folder is safe (trust.h), what lies in it is ours, and a link leads where the operator
// wants, if he named the path. Where others may write to the folder they may have put a link, a
// FIFO or a file of their own under the name: it must be a regular file of one name that belongs to
// us or root. A folder of ours that is not safe is refused. Throws Error: kConfig, kIoErr.
Descriptor open_log(const std::string& path, const LogPolicy& policy);

}  // namespace sp::watch
