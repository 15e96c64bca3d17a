// What lies in a folder, entry by entry, in the folder's own order.
#pragma once

#include <dirent.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sp {

struct DirEntry {
  const char* name;    // valid until the next one is read
  unsigned char type;  // DT_REG, DT_UNKNOWN ...
  std::uint64_t inode;
};

// Reads a folder in as many pieces as the caller likes. What comes or goes meanwhile may be among
// the entries or not.
class FolderList {
 public:
  // `folder` is open; `path` names it in errors. Throws Error(kIoErr), as next() does.
  FolderList(int folder, std::string path);
  // All but . and ..; nothing at the end.
  std::optional<DirEntry> next();

 private:
  std::string path_;
  std::unique_ptr<DIR, int (*)(DIR*)> stream_;
};

// Calls `visit` for each. Throws Error(kIoErr).
void list_folder(int folder, const std::string& path,
                 const std::function<void(const DirEntry&)>& visit);

}  // namespace sp
