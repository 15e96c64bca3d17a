#include "sp-watch/disk/lock_holder.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "sp-watch/disk/folders.h"
#include "sp-watch/disk/watchers.h"
#include "sp/io/descriptor.h"
#include "temporary_folder.h"

using namespace sp;
using namespace sp::watch;

namespace {

std::vector<pid_t> pids(const std::vector<Holder>& holders) {
  std::vector<pid_t> out;
  for (const Holder& holder : holders) out.push_back(holder.pid);
  return out;
}

// A process that runs `begin` and then lives until the object goes.
class Other {
 public:
  template <class Begin>
  explicit Other(Begin begin) {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      const bool ok = begin();
      if (::write(ready[1], ok ? "y" : "n", 1) == 1) ::pause();
      ::_exit(0);
    }
    char answer = 'n';
    CHECK(::read(ready[0], &answer, 1) == 1);
    CHECK(answer == 'y');
    ::close(ready[0]);
    ::close(ready[1]);
  }
  Other(const Other&) = delete;
  Other& operator=(const Other&) = delete;
  ~Other() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("the lines of /proc/locks that tell who holds a lock on a file") {
  const LockedFile file{0xfe, 0, 4711};
  struct Row {
    const char* line;
    std::vector<pid_t> pids;
  };
  for (const Row& row : std::vector<Row>{
           {"1: FLOCK  ADVISORY  WRITE 12 fe:00:4711 0 EOF\n", {12}},
           {"1: FLOCK  ADVISORY  WRITE 12 fe:00:4711 0 EOF", {12}},
           {"77: POSIX  ADVISORY  READ 13 fe:00:4711 0 EOF\n", {13}},
           {"2: LEASE  ACTIVE    WRITE 14 fe:00:4711 0 EOF\n", {14}},
           {"2: LEASE  BREAKING  READ  14 fe:00:4711 0 EOF\n", {14}},
           {"1: FLOCK ADVISORY READ 15 fe:00:4711 0 EOF\n1: FLOCK ADVISORY READ 16 fe:00:4711 0 "
            "EOF\n",
            {15, 16}},
           {"1: -> FLOCK  ADVISORY  WRITE 12 fe:00:4711 0 EOF\n", {}},  // waits for it
           {"1: OFDLCK ADVISORY  READ  -1 fe:00:4711 0 EOF\n", {}},     // of no process
           {"1: FLOCK  ADVISORY  WRITE 0 fe:00:4711 0 EOF\n", {}},      // of another namespace
           {"1: FLOCK  ADVISORY  WRITE 12 fe:00:47110 0 EOF\n", {}},
           {"1: FLOCK  ADVISORY  WRITE 12 fe:01:4711 0 EOF\n", {}},
           {"1: FLOCK  ADVISORY  WRITE 12 fd:00:4711 0 EOF\n", {}},
           {"1: FLOCK  ADVISORY  WRITE 12 <none>:0 EOF\n", {}},
           {"1: FLOCK  ADVISORY  WRITE x fe:00:4711 0 EOF\n", {}},
           {"1: FLOCK\n\n", {}},
           {"", {}},
       }) {
    CAPTURE(row.line);
    CHECK(pids(parse_locks(row.line, file)) == row.pids);
  }
}

TEST_CASE("who holds a lock is found and named") {
  const TemporaryFolder folder;
  const std::string path = folder.write("a", "");
  const Descriptor ours(::open(path.c_str(), O_RDONLY));
  const Descriptor dir(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY));
  CHECK(holders_of(ours.get()).empty());
  CHECK(describe(holders_of(ours.get())) == "a process of another machine or container");
  const Other other(
      [&] { return ::flock(::open(path.c_str(), O_RDONLY), LOCK_SH | LOCK_NB) == 0; });
  for (const auto& holders : {holders_of(ours.get()), holders_of(dir.get(), "a")}) {
    REQUIRE(pids(holders) == std::vector{other.pid()});
    CHECK(describe(holders).starts_with("process " + std::to_string(other.pid()) +
                                        " (unit_tests) of user "));
  }
  CHECK(holders_of(dir.get(), "none").empty());
  CHECK(describe({{1 << 30, "FLOCK"}}).ends_with("which is gone: one that it started"));
}

TEST_CASE("a watcher is told from a stranger") {
  const TemporaryFolder folder;
  const FolderOptions options{folder.path(), "", "", "", "", false};
  const Folders folders = open_folders(options);
  CHECK(is_watched(look_at_folders(options)) == false);
  const Other stranger([] { return true; });
  {
    const Other watcher([&] {
      new Watchers(folders);
      return true;
    });
    CHECK(is_watched(look_at_folders(options)) == true);
    const Watchers watchers(folders);
    CHECK(watchers.are_among({{::getpid(), "FLOCK"}}));
    CHECK(watchers.are_among({{watcher.pid(), "FLOCK"}}));
    CHECK(watchers.are_among({{stranger.pid(), "FLOCK"}, {watcher.pid(), "FLOCK"}}));
    CHECK_FALSE(watchers.are_among({{stranger.pid(), "FLOCK"}}));
    CHECK(watchers.are_among({}));  // it may be one that cannot be seen
  }
  const Watchers alone(folders);
  CHECK_FALSE(alone.are_among({}));
}
