#include "sp-watch/say/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

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

bool is_utf8(std::string_view text) { return find_invalid_utf8(text) == text.npos; }

// A host whose name is not known has none.
std::string host_name() {
  char name[HOST_NAME_MAX + 1] = "";
  if (::gethostname(name, sizeof name - 1) != 0) return "";
  return name;
}

void add_text(JsonObject& line, std::string_view name, std::string_view text) {
  text.empty() ? line.add(name, nullptr) : line.add(name, text);
}

template <class T>
void add_number(JsonObject& line, std::string_view name, const std::optional<T>& number) {
  number ? line.add(name, *number) : line.add(name, nullptr);
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

Journal::Journal(std::string path, LogPolicy policy, std::string_view folder)
    : path_(std::move(path)), policy_(policy), fd_(open_log(path_, policy_)) {
  add_text(place_, "host", host_name());
  place_.add("folder", folder);
  torn_ = ends_torn(fd_.get());
}

void Journal::add_name(JsonObject& line, const std::string& key, std::string_view name) {
  line.add(key, name);
  if (!is_utf8(name)) line.add(key + "_hex", hex(name));
}

std::string Journal::line_of(const Step& step) const {
  JsonObject line;
  line.add("time", rfc3339(wall_ms())).add("event", step.event).add_all(place_);
  add_text(line, "job", step.job);
  add_text(line, "file", step.file);
  add_text(line, "file_hex", is_utf8(step.file) ? "" : hex(step.file));
  add_text(line, "as", step.as);
  add_number(line, "size", step.size);
  add_text(line, "sha256", step.sha256);
  add_text(line, "schema_sha256", step.schema_sha256);
  add_text(line, "taken", step.taken);
  add_text(line, "started", step.started);
  line.add("attempts", step.attempts);
  add_number(line, "status", step.status);
  add_text(line, "tool", step.tool);
  add_text(line, "why", step.why);
  add_number(line, "pid", step.pid);
  add_number(line, "files", step.files);
  add_number(line, "seconds", step.seconds);
  add_number(line, "delay_ms", step.delay_ms);
  return line.str();
}

bool Journal::write(const Step& step) {
  const std::string text = (torn_ ? "\n" : "") + line_of(step) + "\n";
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

bool Journal::is_regular_file() const {
  struct stat st;
  return ::fstat(fd_.get(), &st) == 0 && S_ISREG(st.st_mode);
}

void Journal::reopen() {
  fd_ = open_log(path_, policy_);
  torn_ = ends_torn(fd_.get());
}

}  // namespace sp::watch
