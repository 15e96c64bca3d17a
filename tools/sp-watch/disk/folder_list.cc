#include "sp-watch/disk/folder_list.h"

#include <fcntl.h>

#include <cerrno>
#include <string_view>

#include "sp/base/diagnostic.h"

namespace sp::watch {
namespace {

DIR* open_stream(const Folder& folder) {
  const int fd = ::openat(folder.fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? nullptr : ::fdopendir(fd);
}

}  // namespace

FolderList::FolderList(const Folder& folder)
    : folder_(&folder), stream_(open_stream(folder), ::closedir) {
  if (!stream_) throw_errno("read", folder.path);
}

std::optional<DirEntry> FolderList::next() {
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream_.get());
    if (entry == nullptr && errno != 0) throw_errno("read", folder_->path);
    if (entry == nullptr) return std::nullopt;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return DirEntry{entry->d_name, entry->d_type, entry->d_ino};
  }
}

void list_folder(const Folder& folder, const std::function<void(const DirEntry&)>& visit) {
  FolderList list(folder);
  while (const auto entry = list.next()) visit(*entry);
}

}  // namespace sp::watch
