#include "job_state.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "clock.h"
#include "durable.h"
#include "sp/json.h"

namespace sp::watch {
namespace {

constexpr std::size_t kMaxLast = 1000;         // bytes of the last reason
constexpr std::size_t kMaxStateBytes = 16384;  // each of them may be escaped

std::string file_name(const std::string& name) { return name + std::string(kStateEnding); }

// The reason, last in the object, is only shown: where it holds an escape, as it is escaped.
std::string last_of(std::string_view json) {
  constexpr std::string_view kKey = "\"last\":\"";
  const std::size_t at = json.rfind(kKey);
  const std::size_t end = json.rfind("\"}");
  if (at == std::string_view::npos || end == std::string_view::npos || at + kKey.size() > end)
    return "";
  return std::string(json.substr(at + kKey.size(), end - at - kKey.size()));
}

}  // namespace

std::string to_json(const JobState& state) {
  JsonObject out;
  out.add("attempts", std::uint64_t{state.attempts})
      .add("crashes", std::uint64_t{state.crashes})
      .add("next_ms", state.next_ms)
      .add("next", rfc3339(state.next_ms))
      .add("last", std::string_view(state.last).substr(0, kMaxLast));
  return out.str() + "\n";
}

std::optional<JobState> parse_job_state(std::string_view json) {
  const std::string text(json);
  JobState out;
  int end = -1;
  std::sscanf(text.c_str(),
              "{\"attempts\":%9u,\"crashes\":%9u,\"next_ms\":%15" SCNd64 ",\"next\":%n",
              &out.attempts, &out.crashes, &out.next_ms, &end);
  if (end < 0 || !json.ends_with("\"}\n")) return std::nullopt;
  out.last = last_of(json);
  return out;
}

std::optional<JobState> load_job_state(int dir, const std::string& name) {
  const Descriptor fd(
      ::openat(dir, file_name(name).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  std::string text(kMaxStateBytes, '\0');
  const ssize_t n = fd ? ::read(fd.get(), text.data(), text.size()) : -1;
  if (n <= 0) return std::nullopt;
  return parse_job_state(std::string_view(text).substr(0, static_cast<std::size_t>(n)));
}

void save_job_state(int dir, const std::string& name, const JobState& state, Sync sync) {
  write_file(dir, file_name(name), to_json(state), sync);
}

void drop_job_state(int dir, const std::string& name) {
  ::unlinkat(dir, file_name(name).c_str(), 0);
}

}  // namespace sp::watch
