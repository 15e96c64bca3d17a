#include "sp-watch/run/process.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "sp-watch/clock.h"
#include "sp/base/diagnostic.h"
#include "temporary_folder.h"

using namespace sp;
using namespace sp::watch;

namespace {

using Args = std::vector<std::string>;

const Log out("sp-watch", LogFormat::kText, false);

// Runs a process to its end as the loop does, without signals: it looks every 10 ms.
void run(Process& process, Millis longest = Millis(20000)) {
  const TimePoint end = now() + longest;
  while (!process.over() && now() < end) {
    pollfd polls[] = {{process.stderr_fd(), POLLIN, 0}, {process.alive_fd(), POLLIN, 0}};
    ::poll(polls, 2, 10);
    if (polls[0].revents != 0) process.read_stderr();
    if (polls[1].revents != 0) process.check_alive();
    process.check_exit(now());
    process.tick(now());
  }
  REQUIRE(process.over());
}

Command shell(const std::string& script) { return {{"/bin/sh", "-c", script}, {}, {}}; }

}  // namespace

TEST_CASE("{} becomes the file, in the middle of an argument too, and {+} an argument for each") {
  struct Row {
    Args args, files, expected;
  };
  for (const Row& row : std::vector<Row>{
           {{"cmd", "{}"}, {"/a b"}, {"cmd", "/a b"}},
           {{"cmd", "--in={}:{}"}, {"x"}, {"cmd", "--in=x:x"}},
           {{"cmd"}, {"x"}, {"cmd"}},
           {{"cmd", "{+}", "end"}, {"a", "b"}, {"cmd", "a", "b", "end"}},
           {{"cmd", "{+}", "{+}"}, {"/{}", "{+}"}, {"cmd", "/{}", "{+}", "/{}", "{+}"}},
           {{"cmd", "{}"}, {"/dir/{}"}, {"cmd", "/dir/{}"}},
           {{"cmd", "", "{", "}"}, {"x"}, {"cmd", "", "{", "}"}},
       }) {
    CHECK(expand_args(row.args, row.files) == row.expected);
  }
}

TEST_CASE("a command's end is told as it was") {
  struct Row {
    const char* script;
    int status, signal;
  };
  for (const Row& row : std::vector<Row>{{"exit 0", 0, 0},
                                         {"exit 75", 75, 0},
                                         {"kill -9 $$", 0, SIGKILL},
                                         {"kill -15 $$", 0, SIGTERM}}) {
    CAPTURE(row.script);
    Process process(shell(row.script), Millis(0), now(), out);
    run(process);
    CHECK(process.ending().status == row.status);
    CHECK(process.ending().signal == row.signal);
    CHECK_FALSE(process.ending().timed_out);
  }
}

TEST_CASE("a command that cannot be started is the operator's to mend") {
  TemporaryFolder folder;
  const std::string plain = folder.write("plain", "exit 0\n");
  for (const std::string& name : {std::string("/no/such/command"), plain, folder.path().string()}) {
    CAPTURE(name);
    try {
      Process process({{name}, {}, {}}, Millis(0), now(), out);
      FAIL("it was started");
    } catch (const sp::Error& error) {
      CHECK(error.code() == sp::ExitCode::kConfig);
      CHECK(std::string(error.what()).find(name) != std::string::npos);
    }
  }
}

TEST_CASE("a command starts with an empty standard input, its environment and clean signals") {
  TemporaryFolder folder;
  sigset_t block;
  sigset_t before;
  sigemptyset(&block);
  sigaddset(&block, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &block, &before);
  std::signal(SIGPIPE, SIG_IGN);
  Command command =
      shell("cat; printf '%s\\n' \"$SP_X\"; grep -E '^Sig(Blk|Ign)' /proc/self/status");
  command.args[2] = "{ " + command.args[2] + "; } >'" + (folder / "out") + "'";
  command.env = {{"SP_X", "a value"}};
  ::setenv("SP_X", "another", 1);
  Process process(command, Millis(0), now(), out);
  run(process);
  std::signal(SIGPIPE, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::unsetenv("SP_X");
  const std::string out = folder.read("out");
  CHECK(out.starts_with("a value\n"));
  const unsigned long blocked = std::stoul(out.substr(out.find("SigBlk:") + 7), nullptr, 16);
  const unsigned long ignored = std::stoul(out.substr(out.find("SigIgn:") + 7), nullptr, 16);
  CHECK((blocked & (1ul << (SIGTERM - 1))) == 0);
  CHECK((ignored & (1ul << (SIGPIPE - 1))) == 0);
}

TEST_CASE("only what is meant to be inherited is, and the lock lives as long as the last process") {
  TemporaryFolder folder;
  const std::string path = folder.write("file", "x");
  Descriptor lock(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Descriptor secret(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(::flock(lock.get(), LOCK_EX) == 0);
  Command command = shell("test -e /proc/self/fd/" + std::to_string(lock.get()) + " || exit 1; " +
                          "test ! -e /proc/self/fd/" + std::to_string(secret.get()) +
                          " || exit 2; " + "read line </proc/self/stat; exec sleep 0.3");
  command.inherited = {lock.get()};
  Process process(command, Millis(0), now(), out);
  lock.reset();
  const Descriptor other(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  CHECK(::flock(other.get(), LOCK_EX | LOCK_NB) != 0);
  run(process);
  CHECK(process.ending().status == 0);
  CHECK(::flock(other.get(), LOCK_EX | LOCK_NB) == 0);
}

TEST_CASE("a run is over only when what the command left behind has ended too") {
  TemporaryFolder folder;
  const std::string mark = folder / "mark";
  Process process(shell("(sleep 0.5; : >'" + mark + "') & exit 0"), Millis(0), now(), out);
  run(process);
  CHECK(process.ending().status == 0);
  CHECK(folder.file_count() == 1);
}

TEST_CASE("the rest of a command that was killed is ended, not waited for") {
  const TimePoint start = now();
  Process process(shell("sleep 60 & kill -9 $$"), Millis(0), start, out);
  run(process);
  CHECK(process.ending().signal == SIGKILL);
  CHECK(now() - start < Millis(4000));
}

TEST_CASE("the timeout ends the whole group") {
  const TimePoint start = now();
  Process process(shell("sleep 60 | sleep 60"), Millis(200), start, out);
  run(process);
  CHECK(process.ending().timed_out);
  CHECK(now() - start >= Millis(200));
  CHECK(now() - start < Millis(4000));
}

TEST_CASE("what does not end when it is asked to is killed after a grace") {
  const TimePoint start = now();
  Process process(shell("trap '' TERM; while :; do sleep 1; done"), Millis(100), start, out);
  run(process);
  CHECK(process.ending().timed_out);
  CHECK(process.ending().signal == SIGKILL);
  CHECK(now() - start >= Millis(5000));
}

TEST_CASE("the last lines of standard error are kept, at most 4 KiB of them") {
  TemporaryFolder folder;
  const int saved = ::dup(STDERR_FILENO);
  const int file = ::open((folder / "stderr").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(file, STDERR_FILENO);
  Process process(shell("i=0; while [ $i -lt 2000 ]; do echo \"line $i\" >&2; i=$((i+1)); done; "
                        "printf 'no end' >&2"),
                  Millis(0), now(), out);
  run(process);
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);
  ::close(file);
  const std::string_view words = process.last_words();
  CHECK(words.size() <= 4096);
  CHECK(words.size() > 3900);
  CHECK(words.starts_with("line "));
  CHECK(words.ends_with("line 1999\nno end"));
  const std::string passed = folder.read("stderr");
  CHECK(passed.starts_with("line 0\nline 1\n"));
  CHECK(passed.ends_with("line 1999\nno end\n"));
}

TEST_CASE("a long line without an end is passed on and ended") {
  TemporaryFolder folder;
  const int saved = ::dup(STDERR_FILENO);
  const int file = ::open((folder / "stderr").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(file, STDERR_FILENO);
  Process process(shell("head -c 100000 /dev/zero | tr '\\0' x >&2"), Millis(0), now(), out);
  run(process);
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);
  ::close(file);
  CHECK(folder.read("stderr") == std::string(100000, 'x') + "\n");
}
