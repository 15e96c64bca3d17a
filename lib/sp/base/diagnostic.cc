#include "sp/base/diagnostic.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "sp/base/json_text.h"
#include "sp/base/utf8.h"
#include "sp/base/wall_clock.h"

namespace sp {
namespace {

// A pipe takes this much in one piece; a hostile value must not fill a log either.
constexpr std::size_t kMaxPart = 3000;

// Characters that move a terminal's cursor, end a line or turn the direction of the text.
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x200e && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void append_escape(std::string& out, char32_t c) {
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto value = static_cast<std::uint32_t>(c);
  out += value < 0x80 ? fmt::format("\\x{:02x}", value) : fmt::format("\\u{:04x}", value);
}

void append_visible(std::string& out, std::string_view text) {
  const std::size_t stop = out.size() + kMaxPart;
  for (std::size_t i = 0; i < text.size();) {
    if (out.size() > stop) {
      out += "...";
      return;
    }
    const std::size_t n = utf8_sequence(text, i);
    if (n == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
      ++i;
      continue;
    }
    const char32_t c = utf8_decode(text.substr(i, n));
    if (is_control(c)) {
      append_escape(out, c);
    } else {
      out += text.substr(i, n);
    }
    i += n;
  }
}

std::string_view clip(std::string_view text) {
  if (text.size() <= kMaxPart) return text;
  std::size_t end = kMaxPart;
  while (end > kMaxPart - 4 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

struct SeverityRow {
  Severity severity;
  std::string_view name, text, priority;  // priority: that of syslog(3)
};
constexpr SeverityRow kSeverities[] = {
    {Severity::kInfo, "info", "", "<6>"},
    {Severity::kWarning, "warning", "warning: ", "<4>"},
    {Severity::kError, "error", "error: ", "<3>"},
};

const SeverityRow& row_of(Severity severity) {
  return kSeverities[static_cast<std::size_t>(severity)];
}

// What systemd says of its journal to the programs whose standard error it is: systemd.exec(5).
bool is_the_journal(std::FILE* out) {
  const char* const journal = std::getenv("JOURNAL_STREAM");
  struct stat st {};
  return journal != nullptr && ::fstat(::fileno(out), &st) == 0 &&
         journal == fmt::format("{}:{}", st.st_dev, st.st_ino);
}

// "x.csv: row 7 (line 8), field ts: ", as far as it is known.
void append_place(std::string& out, const Location& where) {
  if (!where.file.empty()) {
    append_visible(out, where.file == "-" ? "standard input" : where.file);
    out += ": ";
  }
  std::string place;
  if (where.row != 0) place = fmt::format("row {}", where.row);
  if (where.line != 0) {
    place +=
        where.row != 0 ? fmt::format(" (line {})", where.line) : fmt::format("line {}", where.line);
  }
  if (!where.field.empty()) {
    place += place.empty() ? "field " : ", field ";
    append_visible(place, where.field);
  }
  if (!place.empty()) out += place + ": ";
}

std::string text_line(const std::string& tool, Severity severity, std::string_view message,
                      const Location& where) {
  std::string out = tool + ": ";
  out += row_of(severity).text;
  append_place(out, where);
  append_visible(out, message);
  return out;
}

std::string json_line(std::string_view tool, Severity severity, std::string_view message,
                      const Location& where) {
  JsonObject object;
  object.add("time", rfc3339(wall_ms())).add("tool", tool);
  object.add("severity", row_of(severity).name).add("message", clip(message));
  if (!where.file.empty()) object.add("file", clip(where.file));
  if (where.row != 0) object.add("row", where.row);
  if (where.line != 0) object.add("line", where.line);
  if (!where.field.empty()) object.add("field", clip(where.field));
  return object.str();
}

struct Said {
  std::string_view tool, message;
  Severity severity = Severity::kInfo;
};

// "sp-load: error: MESSAGE"; a line of another form is all message.
Said understand(std::string_view line, std::string_view program) {
  Said out{program, line};
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos ||
      line.substr(0, colon).find(' ') != std::string_view::npos) {
    return out;
  }
  out.tool = line.substr(0, colon);
  out.message = line.substr(colon + 2);
  for (const SeverityRow& row : kSeverities) {
    if (row.text.empty() || !out.message.starts_with(row.text)) continue;
    out.severity = row.severity;
    out.message.remove_prefix(row.text.size());
  }
  return out;
}

}  // namespace

std::string Error::with_visible_nuls(const std::string& message) {
  std::string out;
  std::size_t begin = 0;
  for (std::size_t at = 0; (at = message.find('\0', begin)) != std::string::npos; begin = at + 1) {
    out.append(message, begin, at - begin) += "\\x00";
  }
  return out.append(message, begin);
}

void throw_errno(std::string_view action, std::string_view name, ExitCode code) {
  const std::string reason = std::generic_category().message(errno);
  throw Error(code, fmt::format("cannot {} {}: {}", action, name, reason));
}

void require_done(int error, std::string_view action, std::string_view name) {
  if (error == 0) return;
  errno = error;
  throw_errno(action, name);
}

std::string visible(std::string_view text) {
  std::string out;
  append_visible(out, text);
  return out;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

Log::Log(std::string tool, LogFormat format, bool quiet, std::FILE* out)
    : tool_(std::move(tool)),
      format_(format),
      quiet_(quiet),
      out_(out),
      has_priorities_(is_the_journal(out)) {}

void Log::info(std::string_view message, const Location& where) const {
  if (!quiet_) line(Severity::kInfo, message, where);
}

void Log::warning(std::string_view message, const Location& where) const {
  line(Severity::kWarning, message, where);
}

void Log::error(std::string_view message, const Location& where) const {
  line(Severity::kError, message, where);
}

void Log::line(Severity severity, std::string_view message, const Location& where) const {
  write(severity, format_ == LogFormat::kJson ? json_line(tool_, severity, message, where)
                                              : text_line(tool_, severity, message, where));
}

// Nothing can be done where standard error itself fails.
void Log::write(Severity severity, std::string_view line) const {
  std::string out(has_priorities_ ? row_of(severity).priority : "");
  out.append(line) += '\n';
  std::fwrite(out.data(), 1, out.size(), out_);
  std::fflush(out_);
}

void Log::pass_on(std::string_view lines, std::string_view program) const {
  if (format_ == LogFormat::kText && !has_priorities_) {
    std::fwrite(lines.data(), 1, lines.size(), out_);
    std::fflush(out_);
    return;
  }
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (line.empty()) continue;
    const Said said = understand(line, program);
    write(said.severity, format_ == LogFormat::kText
                             ? std::string(line)
                             : json_line(said.tool, said.severity, said.message, {}));
  }
}

}  // namespace sp
