#include "sp-watch/disk/lock_holder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>

#include "sp/base/diagnostic.h"

namespace sp::watch {
namespace {

// Files below /proc have no size.
std::string read_proc(const std::string& path) {
  std::string out;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             std::fclose);
  if (!file) return out;
  char block[4096];
  for (std::size_t n; (n = std::fread(block, 1, sizeof block, file.get())) > 0;) {
    out.append(block, n);
  }
  return out;
}

template <class Visit>
void for_each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  for (;;) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.empty()) return out;
    const std::size_t end = std::min(line.find(' '), line.size());
    out.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

template <class Number>
bool read_number(std::string_view text, Number& out, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size();
}

// "fe:00:4711"
bool names_file(std::string_view word, const LockedFile& file) {
  LockedFile there;
  const std::size_t first = word.find(':');
  const std::size_t second = word.find(':', first + 1);
  return second != word.npos && read_number(word.substr(0, first), there.major, 16) &&
         read_number(word.substr(first + 1, second - first - 1), there.minor, 16) &&
         read_number(word.substr(second + 1), there.inode) && there.major == file.major &&
         there.minor == file.minor && there.inode == file.inode;
}

std::string_view value_of(std::string_view fields, std::string_view name) {
  std::string_view out;
  for_each_line(fields, [&](std::string_view line) {
    if (line.starts_with(name)) out = line.substr(line.find_last_of(" \t") + 1);
  });
  return out;
}

// The device of the mount that `fd` was opened on: "36 35 98:0 / /srv ..." in mountinfo.
void find_device(int fd, LockedFile& file) {
  const std::string fields = read_proc(fmt::format("/proc/self/fdinfo/{}", fd));
  const std::string_view mount = value_of(fields, "mnt_id:");
  if (mount.empty()) return;
  for_each_line(read_proc("/proc/self/mountinfo"), [&](std::string_view line) {
    const auto words = words_of(line);
    if (words.size() < 3 || words[0] != mount) return;
    const std::size_t colon = std::min(words[2].find(':'), words[2].size() - 1);
    read_number(words[2].substr(0, colon), file.major);
    read_number(words[2].substr(colon + 1), file.minor);
  });
}

std::vector<Holder> holders_on(int fd, const struct stat& st) {
  LockedFile file{major(st.st_dev), minor(st.st_dev), st.st_ino};
  find_device(fd, file);
  return parse_locks(read_proc("/proc/locks"), file);
}

std::string describe(const Holder& holder) {
  const std::string folder = fmt::format("/proc/{}", holder.pid);
  std::string command = read_proc(folder + "/comm");
  if (!command.empty() && command.back() == '\n') command.pop_back();
  struct stat st;
  if (command.empty() || ::stat(folder.c_str(), &st) != 0) {
    return fmt::format("process {}, which is gone: one that it started", holder.pid);
  }
  return fmt::format("process {} ({}) of user {}", holder.pid, visible(command), st.st_uid);
}

}  // namespace

// "1: FLOCK  ADVISORY  WRITE 4711 fe:00:1234 0 EOF"; "1: -> FLOCK ..." waits.
std::vector<Holder> parse_locks(std::string_view text, const LockedFile& file) {
  std::vector<Holder> out;
  for_each_line(text, [&](std::string_view line) {
    const auto words = words_of(line);
    pid_t pid = 0;
    if (words.size() < 6 || words[1] == "->" || !read_number(words[4], pid) || pid <= 0) return;
    if (names_file(words[5], file)) out.push_back({pid, std::string(words[1])});
  });
  return out;
}

std::vector<Holder> holders_of(int fd) {
  struct stat st;
  return ::fstat(fd, &st) == 0 ? holders_on(fd, st) : std::vector<Holder>();
}

std::vector<Holder> holders_of(int dir, const std::string& name) {
  struct stat st;
  if (::fstatat(dir, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return {};
  return holders_on(dir, st);
}

std::string describe(const std::vector<Holder>& holders) {
  if (holders.empty()) return "a process of another machine or container";
  std::string out = describe(holders.front());
  if (holders.size() > 1) out += fmt::format(" and {} more", holders.size() - 1);
  return out;
}

}  // namespace sp::watch
