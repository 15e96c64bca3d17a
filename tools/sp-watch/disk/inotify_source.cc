#include "sp-watch/disk/inotify_source.h"

#include <sys/inotify.h>

#include <cerrno>
#include <system_error>

namespace sp::watch {
namespace {

std::string reason(const char* what) {
  std::string out = std::string(what) + ": " + std::generic_category().message(errno);
  if (errno == ENOSPC) out += " (fs.inotify.max_user_watches)";
  if (errno == EMFILE) out += " (fs.inotify.max_user_instances)";
  return out;
}

}  // namespace

InotifySource::InotifySource(const std::string& path)
    : fd_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (!fd_) {
    failure_ = reason("inotify_init1");
    return;
  }
  const auto mask = IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  if (::inotify_add_watch(fd_.get(), path.c_str(), mask) < 0) {
    failure_ = reason("inotify_add_watch");
    fd_.reset();
  }
}

bool InotifySource::read(const std::function<void(Kind, const char* name)>& visit) {
  alignas(inotify_event) char buffer[64 * 1024];
  bool whole = true;
  for (;;) {
    const ssize_t n = ::read(fd_.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return whole;
    for (const char* at = buffer; at < buffer + n;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      at += sizeof(inotify_event) + event->len;
      if ((event->mask & (IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) {
        whole = false;
      } else if ((event->mask & IN_ISDIR) == 0 && event->len > 0) {
        visit((event->mask & IN_MOVED_TO) != 0 ? Kind::kRenamedIn : Kind::kClosed, event->name);
      }
    }
  }
}

}  // namespace sp::watch
