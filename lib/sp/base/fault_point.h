// Places where a test may end the process exactly, as by kill -9.
//
// Compiled in only with SP_FAULT_POINTS (presets dev and asan): in a release build SP_FAULT("name")
// is nothing at all. With it, SP_FAULT_POINT=NAME or NAME:N in the environment raises SIGKILL at
// the Nth (first) pass of the point NAME in a process. SP_FAULT_ONCE=FILE lets that happen once in
// all: only the process that manages to unlink FILE dies, so that a retry of the same command goes
// through. tests/fault/README.md lists the points.
#pragma once

#ifdef SP_FAULT_POINTS

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string_view>

namespace sp {

inline void fault_point(std::string_view name) {
  const char* wanted = std::getenv("SP_FAULT_POINT");
  if (wanted == nullptr) return;
  std::string_view point = wanted;
  long pass = 1;
  if (const auto colon = point.rfind(':'); colon != std::string_view::npos) {
    pass = std::strtol(wanted + colon + 1, nullptr, 10);
    point = point.substr(0, colon);
  }
  if (point != name) return;
  static long passes = 0;
  if (++passes != pass) return;
  const char* once = std::getenv("SP_FAULT_ONCE");
  if (once != nullptr && ::unlink(once) != 0) return;
  std::raise(SIGKILL);
}

}  // namespace sp

#define SP_FAULT(name) ::sp::fault_point(name)
#else
#define SP_FAULT(name) static_cast<void>(0)
#endif
