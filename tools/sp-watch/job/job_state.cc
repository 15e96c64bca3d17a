#include "sp-watch/job/job_state.h"

#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "sp-watch/clock.h"
#include "sp/base/json_text.h"
#include "sp/io/durable.h"
#include "sp/time/timestamp.h"

namespace sp::watch {
namespace {

constexpr std::size_t kMaxLast = 1000;  // bytes of the last reason
constexpr std::uint64_t kMostTries = 1'000'000'000;
constexpr std::size_t kMaxStateBytes = 16384;  // each of them may be escaped

std::string file_name(const std::string& name) { return name + std::string(kStateEnding); }

}  // namespace

std::string to_json(const JobState& state) {
  JsonObject out;
  out.add("attempts", std::uint64_t{state.attempts})
      .add("crashes", std::uint64_t{state.crashes})
      .add("next_ms", state.next_ms)
      .add("next", rfc3339(state.next_ms))
      .add("taken_us", state.taken_us)
      .add("last", std::string_view(state.last).substr(0, kMaxLast));
  return out.str() + "\n";
}

std::optional<JobState> parse_job_state(std::string_view json) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::object object;
  std::uint64_t attempts = 0, crashes = 0;
  std::string_view last;
  JobState out;
  const bool is_state = json.ends_with("}\n") &&
                        parser.parse(json.data(), json.size()).get(object) == simdjson::SUCCESS &&
                        object["attempts"].get(attempts) == simdjson::SUCCESS &&
                        object["crashes"].get(crashes) == simdjson::SUCCESS &&
                        object["next_ms"].get(out.next_ms) == simdjson::SUCCESS &&
                        object["taken_us"].get(out.taken_us) == simdjson::SUCCESS &&
                        object["last"].get(last) == simdjson::SUCCESS;
  if (!is_state || std::max(attempts, crashes) > kMostTries) return std::nullopt;
  out.attempts = static_cast<unsigned>(attempts);
  out.crashes = static_cast<unsigned>(crashes);
  out.last = last;
  return out;
}

std::optional<JobState> state_of_reason(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  std::uint64_t attempts = 0;
  std::string_view taken;
  ParsedTime time;
  const bool is_reason = parser.parse(json.data(), json.size()).get(object) == simdjson::SUCCESS &&
                         object["attempts"].get(attempts) == simdjson::SUCCESS &&
                         object["taken"].get(taken) == simdjson::SUCCESS &&
                         parse_datetime(taken, time) && time.has_offset;
  if (!is_reason || attempts > kMostTries) return std::nullopt;
  JobState out;
  // The ledger knows only of a first try that is done; what is given back was tried, or refused.
  out.attempts = std::max(1u, static_cast<unsigned>(attempts));
  out.taken_us = time.time.seconds * 1'000'000 + time.time.nanos / 1000;
  out.last = "given back by --retry";
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
