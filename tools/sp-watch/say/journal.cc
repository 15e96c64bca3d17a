#include "sp-watch/say/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "sp-watch/clock.h"
#include "sp/base/diagnostic.h"
#include "sp/base/utf8.h"

namespace sp::watch {
namespace {

// After a power cut or a full disk the file may end within a line. So it does for a moment while
// another process appends, hence the second look where it grew meanwhile.
bool ends_torn(int fd) {
  const std::string self = "/proc/self/fd/" + std::to_string(fd);  // the path may be another's now
  const Descriptor file(::open(self.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  constexpr int kLooks = 100;
  constexpr useconds_t kPause = 2000;  // microseconds
  off_t seen = -1;
  for (int look = 0; look < kLooks; ++look) {
    struct stat st;
    char last = '\n';
    if (!file || ::fstat(file.get(), &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0 ||
        ::pread(file.get(), &last, 1, st.st_size - 1) != 1 || last == '\n') {
      return false;
    }
    if (st.st_size == seen) return true;
    seen = st.st_size;
    ::usleep(kPause);
  }
  return true;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t n = utf8_sequence(text, i);
    if (n == 0) return false;
    i += n;
  }
  return true;
}

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace

Journal::Journal(std::string path, LogPolicy policy)
    : path_(std::move(path)), policy_(policy), fd_(open_log(path_, policy_)) {
  torn_ = ends_torn(fd_.get());
}

JsonObject Journal::event(std::string_view event) {
  JsonObject line;
  line.add("time", rfc3339(wall_ms())).add("event", event);
  return line;
}

void Journal::add_name(JsonObject& line, const std::string& key, std::string_view name) {
  line.add(key, name);
  if (!is_utf8(name)) line.add(key + "_hex", hex(name));
}

bool Journal::write(const JsonObject& line) {
  const std::string text = (torn_ ? "\n" : "") + line.str() + "\n";
  ssize_t n = 0;
  do {
    n = ::write(fd_.get(), text.data(), text.size());
  } while (n < 0 && errno == EINTR);
  if (n == static_cast<ssize_t>(text.size())) {
    torn_ = false;
    return true;
  }
  if (n > 0) {
    torn_ = true;
    errno = ENOSPC;
  }
  return false;
}

void Journal::sync() const {
  if (::fdatasync(fd_.get()) != 0) errno = 0;  // a failing disk shows at the next write
}

void Journal::reopen() {
  fd_ = open_log(path_, policy_);
  torn_ = ends_torn(fd_.get());
}

}  // namespace sp::watch
