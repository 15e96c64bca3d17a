#include "sp-watch/job/progress.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "sp-watch/run/schedule.h"
#include "sp/base/diagnostic.h"
#include "sp/base/json_text.h"
#include "sp/io/descriptor.h"
#include "sp/io/durable.h"

namespace sp::watch {
namespace {

constexpr const char* kFile = "progress.json";
constexpr std::size_t kMaxBytes = 65536;
constexpr std::size_t kMaxWhy = 1000;  // bytes; each may be escaped

JsonObject json_of(const Progress::Counts& counts) {
  JsonObject out;
  for (const auto& [name, count] : counts) out.add(name, count);
  return out;
}

bool read_counts(simdjson::simdjson_result<simdjson::dom::element> element, Progress::Counts& out) {
  simdjson::dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return false;
  for (const auto& [name, value] : object) {
    if (value.get(out[std::string(name)]) != simdjson::SUCCESS) return false;
  }
  return true;
}

std::optional<Progress> parse(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  std::string_view why;
  Progress out;
  const bool is_progress =
      parser.parse(json.data(), json.size()).get(object) == simdjson::SUCCESS &&
      read_counts(object["finished"], out.finished) && read_counts(object["rows"], out.rows) &&
      read_counts(object["retries"], out.retries) &&
      object["last_done_ms"].get(out.last_done_ms) == simdjson::SUCCESS &&
      object["last_success_ms"].get(out.last_success_ms) == simdjson::SUCCESS &&
      object["failing_since_ms"].get(out.failing_since_ms) == simdjson::SUCCESS &&
      object["failing_tries"].get(out.failing_tries) == simdjson::SUCCESS &&
      object["failing_why"].get(why) == simdjson::SUCCESS;
  if (!is_progress) return std::nullopt;
  out.failing_why = why;
  return out;
}

void add_counts(Progress::Counts& to, const Progress::Counts& counts) {
  for (const auto& [name, count] : counts) to[name] += count;
}

}  // namespace

void Progress::finish(Place place, const std::string& why, std::int64_t now_ms) {
  ++finished[place_name(place)];
  if (place == Place::kFailed) return fail(why, now_ms);
  if (place == Place::kDone) last_done_ms = now_ms;
  last_success_ms = now_ms;
  failing_since_ms = 0;
  failing_tries = 0;
  failing_why.clear();
}

void Progress::count_rows(const Counts& of_a_file) { add_counts(rows, of_a_file); }

void Progress::retry(std::string_view reason, const std::string& why, std::int64_t now_ms) {
  ++retries[std::string(reason)];
  if (reason != kChangedReason) fail(why, now_ms);
}

void Progress::fail(const std::string& why, std::int64_t now_ms) {
  if (failing_tries++ == 0) failing_since_ms = now_ms;
  failing_why = why.substr(0, kMaxWhy);
}

void Progress::add(const Progress& other) {
  add_counts(finished, other.finished);
  add_counts(rows, other.rows);
  add_counts(retries, other.retries);
  last_done_ms = std::max(last_done_ms, other.last_done_ms);
  if (other.last_success_ms >= std::max(last_success_ms, failing_since_ms)) {
    failing_since_ms = other.failing_since_ms;
    failing_tries = other.failing_tries;
    failing_why = other.failing_why;
  } else if (other.failing_tries > 0) {
    if (failing_tries == 0) failing_since_ms = other.failing_since_ms;
    failing_tries += other.failing_tries;
    failing_why = other.failing_why;
  }
  last_success_ms = std::max(last_success_ms, other.last_success_ms);
}

std::string Progress::failing() const {
  if (failing_tries == 0) return "";
  return fmt::format("nothing done since {}, tried {}: {}", rfc3339(failing_since_ms),
                     counted(failing_tries, "time"), visible(failing_why));
}

Progress load_progress(int dir) {
  const Descriptor fd(
      ::openat(dir, kFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  std::string text(kMaxBytes, '\0');
  const ssize_t n = fd ? ::read(fd.get(), text.data(), text.size()) : -1;
  if (n <= 0) return {};
  return parse(std::string_view(text).substr(0, static_cast<std::size_t>(n))).value_or(Progress{});
}

void save_progress(int dir, const Progress& progress) {
  JsonObject out;
  out.add("finished", json_of(progress.finished)).add("rows", json_of(progress.rows));
  out.add("retries", json_of(progress.retries));
  out.add("last_done_ms", progress.last_done_ms).add("last_success_ms", progress.last_success_ms);
  out.add("failing_since_ms", progress.failing_since_ms);
  out.add("failing_tries", progress.failing_tries).add("failing_why", progress.failing_why);
  write_file(dir, kFile, out.str() + "\n", Sync::kLater);
}

}  // namespace sp::watch
