#include "sp-load/journal/journal_line.h"

#include <simdjson.h>

#include <algorithm>
#include <iterator>

#include "sp-load/copy/copy_encode.h"
#include "sp/time/timestamp.h"

namespace sp::load {
namespace {

namespace dom = simdjson::dom;

struct EventRow {
  std::string_view event;
  const char* status;
};
// The steps after which a file is where it stays, or waits.
constexpr EventRow kEvents[] = {
    {"retry", "waiting"},      {"retried", "waiting"},   {"done", "loaded"},
    {"quarantine", "refused"}, {"set-aside", "refused"}, {"failed", "failed"},
    {"vanished", "vanished"},
};

const char* status_of(std::string_view event) {
  const auto* const row = std::find_if(std::begin(kEvents), std::end(kEvents),
                                       [&](const EventRow& r) { return r.event == event; });
  return row == std::end(kEvents) ? nullptr : row->status;
}

// As the database takes it: without bytes of zero.
std::string text_of(const dom::object& object, std::string_view member) {
  std::string_view text;
  return object[member].get(text) == simdjson::SUCCESS ? replace_bad_text(text) : "";
}

std::optional<std::int64_t> number_of(const dom::object& object, std::string_view member) {
  std::int64_t number = 0;
  if (object[member].get(number) != simdjson::SUCCESS || number < 0) return std::nullopt;
  return number;
}

std::string time_of(const dom::object& object, std::string_view member) {
  std::string text = text_of(object, member);
  ParsedTime time;
  return parse_datetime(text, time) && time.has_offset ? text : "";
}

std::string digest_of(const dom::object& object, std::string_view member) {
  constexpr std::size_t kDigits = 64;
  std::string text = text_of(object, member);
  const bool is_digest =
      text.size() == kDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
  return is_digest ? text : "";
}

void add_text(JsonObject& to, std::string_view name, const std::string& text) {
  if (!text.empty()) to.add(name, text);
}

JsonObject json_of(const FileOutcome& outcome) {
  JsonObject out;
  out.add("name", outcome.name).add("taken_at", outcome.taken_at).add("folder", outcome.folder);
  add_text(out, "host", outcome.host);
  if (outcome.size) out.add("size_bytes", *outcome.size);
  if (!outcome.sha256.empty()) out.add("digest", "\\x" + outcome.sha256);
  if (!outcome.schema_sha256.empty()) out.add("schema_digest", "\\x" + outcome.schema_sha256);
  out.add("status", outcome.status);
  add_text(out, "reason", outcome.reason);
  add_text(out, "tool", outcome.tool);
  out.add("tries", outcome.tries);
  add_text(out, "started_at", outcome.started_at);
  out.add("noted_at", outcome.noted_at);
  return out;
}

}  // namespace

struct JournalReader::Impl {
  dom::parser parser;

  bool parse(std::string_view line, dom::object& object) {
    return parser.parse(line.data(), line.size()).get(object) == simdjson::SUCCESS;
  }
};

JournalReader::JournalReader() : impl_(std::make_unique<Impl>()) {}
JournalReader::~JournalReader() = default;

LineKind JournalReader::read(std::string_view line, FileOutcome& out) {
  constexpr std::int64_t kMostTries = 1'000'000'000;
  dom::object object;
  std::string_view event;
  if (!impl_->parse(line, object) || object["event"].get(event) != simdjson::SUCCESS) {
    return LineKind::kUnknown;
  }
  out.status = status_of(event);
  if (out.status == nullptr) return LineKind::kOther;
  out.tries = std::min(number_of(object, "attempts").value_or(0), kMostTries);
  if (event == "done" && out.tries <= 1) return LineKind::kOther;
  out.name = text_of(object, "job");
  out.folder = text_of(object, "folder");
  out.host = text_of(object, "host");
  out.taken_at = time_of(object, "taken");
  out.noted_at = time_of(object, "time");
  if (out.name.empty() || out.folder.empty() || out.taken_at.empty() || out.noted_at.empty()) {
    return LineKind::kUnknown;
  }
  out.size = number_of(object, "size");
  out.sha256 = digest_of(object, "sha256");
  out.schema_sha256 = digest_of(object, "schema_sha256");
  out.reason = event == "done" ? "" : text_of(object, "why");
  out.tool = text_of(object, "tool");
  out.started_at = time_of(object, "started");
  return LineKind::kOutcome;
}

bool JournalReader::read_place(std::string_view line, FileOutcome& out) {
  dom::object object;
  if (!impl_->parse(line, object)) return false;
  out.folder = text_of(object, "folder");
  out.host = text_of(object, "host");
  return !out.folder.empty();
}

void FileOutcomes::add(FileOutcome outcome) {
  auto key = std::tuple(outcome.name, outcome.taken_at, outcome.folder);
  by_file_.insert_or_assign(std::move(key), std::move(outcome));
}

std::string FileOutcomes::json() const {
  JsonArray out;
  for (const auto& [file, outcome] : by_file_) out.add(json_of(outcome));
  return out.str();
}

}  // namespace sp::load
