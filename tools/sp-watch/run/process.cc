#include "sp-watch/run/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <system_error>

#include "sp/base/diagnostic.h"
#include "sp/base/path_name.h"

namespace sp::watch {
namespace {

constexpr Millis kGrace{5000};           // between asking to end and ending by force
constexpr std::size_t kTail = 4096;      // bytes of standard error that are kept
constexpr std::size_t kLongLine = 4096;  // a longer line is passed on in pieces

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Pipe make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) throw_errno("create", "a pipe", ExitCode::kTempFail);
  Pipe out{Descriptor(fds[0]), Descriptor(fds[1])};
  ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
  return out;
}

// Everything that posix_spawn(3) is told, freed together.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    // sp-watch blocks and ignores signals for itself; the command starts as any other.
    sigset_t none;
    sigemptyset(&none);
    sigset_t defaults;
    sigemptyset(&defaults);
    for (const int signal : {SIGPIPE, SIGXFSZ, SIGIO, SIGCHLD}) sigaddset(&defaults, signal);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  // `fd` is `as` in the command; a descriptor that becomes itself only loses its close-on-exec
  // flag.
  void give(int fd, int as) { ::posix_spawn_file_actions_adddup2(&actions_, fd, as); }
  int run(pid_t& pid, char* const* argv, char* const* envp) {
    return ::posix_spawnp(&pid, argv[0], &actions_, &attributes_, argv, envp);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// By these a shell runs other commands than those of a script, or reads it otherwise; and a command
// says in the file that the last one names, and not by its status, what became of its files.
bool is_kept_back(std::string_view entry) {
  static constexpr std::string_view kBeginnings[] = {
      "BASH_ENV=", "ENV=", "SHELLOPTS=", "BASHOPTS=", "BASH_FUNC_", "SP_OUTCOMES="};
  return std::any_of(std::begin(kBeginnings), std::end(kBeginnings),
                     [&](std::string_view beginning) { return entry.starts_with(beginning); });
}

std::vector<std::string> environment(const Command& command) {
  std::vector<std::string> out;
  const auto is_replaced = [&](std::string_view entry) {
    for (const auto& [name, value] : command.env) {
      if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) return true;
    }
    return false;
  };
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!is_replaced(*entry) && !is_kept_back(*entry)) out.emplace_back(*entry);
  }
  for (const auto& [name, value] : command.env) {
    out.push_back(name);
    out.back().append("=").append(value);
  }
  return out;
}

[[noreturn]] void cannot_start(const std::string& name, int error) {
  if (error == E2BIG)
    throw Error(ExitCode::kUsage, "cannot start " + name + ": too many arguments");
  const bool is_passing = error == EAGAIN || error == ENOMEM || error == EMFILE ||
                          error == ENFILE || error == ETXTBSY || error == EIO;
  throw Error(is_passing ? ExitCode::kTempFail : ExitCode::kConfig,
              "cannot start " + name + ": " + std::generic_category().message(error));
}

}  // namespace

bool find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0;
  const char* const given = std::getenv("PATH");
  std::istringstream folders(given == nullptr ? "/bin:/usr/bin" : given);
  for (std::string path; std::getline(folders, path, ':');) {
    (path += '/') += name;
    if (::access(path.c_str(), X_OK) == 0) return true;
  }
  return false;
}

bool takes_several(const std::vector<std::string>& args) {
  return std::find(args.begin(), args.end(), kSeveralFiles) != args.end();
}

std::vector<std::string> expand_args(const std::vector<std::string>& args,
                                     const std::vector<std::string>& files) {
  std::vector<std::string> out;
  for (std::string arg : args) {
    if (arg == kSeveralFiles) {
      out.insert(out.end(), files.begin(), files.end());
      continue;
    }
    const std::string& file = files.front();
    for (std::size_t at = 0; (at = arg.find(kOneFile, at)) != std::string::npos;
         at += file.size()) {
      arg.replace(at, kOneFile.size(), file);
    }
    out.push_back(std::move(arg));
  }
  return out;
}

Process::Process(const Command& command, Millis timeout, TimePoint now, const Log& log)
    : name_(base_name(command.args[0])), log_(&log), started_(now) {
  Pipe errors = make_pipe();
  Pipe alive = make_pipe();
  SpawnPlan plan;
  plan.give(errors.write.get(), STDERR_FILENO);
  plan.give(alive.write.get(), alive.write.get());
  for (const int fd : command.inherited) plan.give(fd, fd);
  std::vector<std::string> args = command.args;
  std::vector<std::string> env = environment(command);
  const int error = plan.run(pid_, pointers(args).data(), pointers(env).data());
  if (error != 0) cannot_start(command.args[0], error);
  stderr_ = std::move(errors.read);
  alive_ = std::move(alive.read);
  if (timeout.count() > 0) arm(Step::kTerm, now + timeout);
}

void Process::arm(Step step, TimePoint when) {
  step_ = step;
  deadline_ = when;
}

// Only while the command is not reaped: until then no other group can have its number.
void Process::signal_group(int signal) const {
  if (!reaped_) ::kill(-pid_, signal);
}

void Process::check_exit(TimePoint now) {
  if (ended_) return;
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid == 0) {
    return;
  }
  ended_ = true;
  (info.si_code == CLD_EXITED ? ending_.status : ending_.signal) = info.si_status;
  check_alive();
  if (over_ || step_ == Step::kKill || step_ == Step::kLetGo) return;
  // Something outlives the command: the rest of a pipeline whose script was killed is asked to end
  // at once, the last stage of one that ended well may finish.
  arm(Step::kTerm, ending_.signal != 0 ? now : now + kGrace);
  tick(now);
}

void Process::check_alive() {
  if (alive_) {
    char byte = 0;
    if (::read(alive_.get(), &byte, 1) != 0) return;
    alive_.reset();
  }
  if (ended_) finish();
}

void Process::tick(TimePoint now) {
  if (over_ || !deadline_ || *deadline_ > now) return;
  switch (step_) {
    case Step::kTerm:
      if (!ended_) ending_.timed_out = !terminated_;
      signal_group(SIGTERM);
      arm(Step::kKill, now + kGrace);
      break;
    case Step::kKill:
      signal_group(SIGKILL);
      arm(Step::kLetGo, now + kGrace);
      break;
    case Step::kLetGo:
      // What still holds the pipe has left the group. After a success it can do no harm; after a
      // failure it may still be at work on the file, so the next try waits for it.
      deadline_.reset();
      if (!ended_) break;
      if (terminated_ || action_of(ending_) == Action::kDone) {
        finish();
      } else {
        reap();
      }
      break;
    case Step::kNone:
      break;
  }
}

void Process::terminate(TimePoint now) {
  if (over_) return;
  terminated_ = true;
  if (reaped_) return finish();  // only strangers hold the pipe
  arm(Step::kTerm, now);
  tick(now);
}

void Process::reap() {
  if (!reaped_) ::waitpid(pid_, nullptr, 0);
  reaped_ = true;
}

void Process::finish() {
  reap();
  read_stderr();
  if (!line_.empty() || line_is_open_) pass_on("\n");
  stderr_.reset();
  alive_.reset();
  deadline_.reset();
  over_ = true;
}

void Process::read_stderr() {
  std::array<char, 16 * 1024> block;
  while (stderr_) {
    const ssize_t n = ::read(stderr_.get(), block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;
    if (n == 0) {
      stderr_.reset();
      return;
    }
    pass_on({block.data(), static_cast<std::size_t>(n)});
  }
}

void Process::pass_on(std::string_view bytes) {
  tail_ += bytes;
  if (tail_.size() > 2 * kTail) tail_.erase(0, tail_.size() - kTail);
  line_ += bytes;
  const std::size_t lines = line_.rfind('\n') + 1;
  const std::size_t end = lines == 0 && line_.size() > kLongLine ? line_.size() : lines;
  if (end == 0) return;
  log_->pass_on(std::string_view(line_).substr(0, end), name_);
  line_is_open_ = lines == 0;
  line_.erase(0, end);
}

std::string_view Process::last_words() const {
  std::string_view out = tail_;
  if (out.size() > kTail) {
    out.remove_prefix(out.size() - kTail);
    const std::size_t line = out.find('\n');
    if (line != std::string_view::npos && line + 1 < out.size()) out.remove_prefix(line + 1);
  }
  while (out.ends_with('\n')) out.remove_suffix(1);
  return out;
}

void reap_orphans(const std::function<bool(pid_t)>& is_ours) {
  for (;;) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
    if (is_ours(info.si_pid)) return;
    ::waitpid(info.si_pid, nullptr, WNOHANG);
  }
}

}  // namespace sp::watch
