// measure COMMAND: runs COMMAND with sh and prints, as one JSON object on standard error's place
// (file descriptor 3), what it took: wall time, user and system time of all its processes, and the
// peak memory of the largest of them. A program of its own because a child's peak memory begins
// with that of the process that started it, so that the starter must be small.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

namespace {

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

double now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: measure COMMAND 3>RESULT\n", stderr);
    return 64;
  }
  const double start = now();
  const pid_t child = fork();
  if (child < 0) return 74;
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", argv[1], nullptr);
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child) return 74;
  const double wall = now() - start;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  dprintf(3, "{\"wall\":%.6f,\"user\":%.6f,\"system\":%.6f,\"peak_kib\":%ld,\"status\":%d}\n", wall,
          seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss, code);
  return 0;
}
