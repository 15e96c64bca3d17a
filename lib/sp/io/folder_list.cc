#include "sp/io/folder_list.h"

#include <fcntl.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "sp/base/diagnostic.h"

namespace sp {
namespace {

DIR* open_stream(int folder) {
  const int fd = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? nullptr : ::fdopendir(fd);
}

}  // namespace

FolderList::FolderList(int folder, std::string path)
    : path_(std::move(path)), stream_(open_stream(folder), ::closedir) {
  if (!stream_) throw_errno("read", path_);
}

std::optional<DirEntry> FolderList::next() {
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream_.get());
    if (entry == nullptr && errno != 0) throw_errno("read", path_);
    if (entry == nullptr) return std::nullopt;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return DirEntry{entry->d_name, entry->d_type, entry->d_ino};
  }
}

void list_folder(int folder, const std::string& path,
                 const std::function<void(const DirEntry&)>& visit) {
  FolderList list(folder, path);
  while (const auto entry = list.next()) visit(*entry);
}

}  // namespace sp
