#include "sp-watch/run/verdict.h"

#include <cstdint>

#include "sp-watch/say/journal.h"
#include "sp/time/rfc3339_text.h"

namespace sp::watch {
namespace {

// A cause is said last, and a person reads it before all else.
std::string last_line_of(std::string_view words) {
  constexpr std::size_t kMax = 400;  // bytes
  return std::string(words.substr(words.rfind('\n') + 1, kMax));
}

// "sp-load: error: TEXT", or of a tool that logs JSON {"tool":"sp-load",…
std::string tool_in(std::string_view line) {
  constexpr std::string_view kJson = "{\"tool\":\"", kError = ": error: ";
  const bool is_json = line.starts_with(kJson);
  if (is_json) line.remove_prefix(kJson.size());
  const std::size_t end = is_json ? line.find('"') : line.find(kError);
  if (end == line.npos || line.substr(0, end).find(' ') != line.npos) return "";
  return std::string(line.substr(0, end));
}

JsonObject start_reason(const Job& job, const std::string& why) {
  JsonObject out;
  out.add("job", job.name);
  if (!job.file.empty()) Journal::add_name(out, "file", job.file);
  out.add("taken", rfc3339_micros(job.state.taken_us)).add("time", rfc3339(wall_ms()));
  out.add("reason", why).add("attempts", std::uint64_t{job.state.attempts});
  return out;
}

}  // namespace

std::string Verdict::why() const {
  if (!words.empty()) return words;
  return describe(ending) + (last_line.empty() ? "" : ": " + last_line);
}

Verdict verdict_of(const Process& process) {
  Verdict out{process.ending(), "", "", "", ""};
  if (out.ending.signal == 0 && out.ending.status != 0) {
    out.last_line = last_line_of(process.last_words());
    out.tool = tool_in(out.last_line);
  }
  return out;
}

Verdict verdict_of(const Outcome& outcome) {
  return {{outcome.status, 0, false}, outcome.reason, "", outcome.tool,
          outcome.schema_sha256,      outcome.rows};
}

Verdict verdict_of(const Error& error) {
  return {{static_cast<int>(error.code()), 0, false}, error.what(), "", "", ""};
}

std::string_view reason_of(ExitCode code) { return reason_of({static_cast<int>(code), 0, false}); }

void note(Job& job, const Verdict& verdict) {
  job.last_try.status.reset();
  if (verdict.ending.signal == 0) job.last_try.status = verdict.ending.status;
  job.last_try.tool = verdict.tool;
  job.last_try.schema_sha256 = verdict.schema_sha256;
  job.last_try.reason = reason_of(verdict.ending);
}

std::string reason_text(const Job& job, const std::string& why) {
  return start_reason(job, why).str() + "\n";
}

std::string reason_text(const Job& job, const Verdict& verdict, double seconds,
                        const std::string_view* last_words) {
  const Ending& ending = verdict.ending;
  JsonObject out = start_reason(job, verdict.why());
  if (ending.signal != 0) {
    out.add("signal", ending.signal);
  } else {
    out.add("status", ending.status);
  }
  out.add("seconds", seconds);
  if (last_words != nullptr) out.add("stderr", *last_words);
  return out.str() + "\n";
}

}  // namespace sp::watch
