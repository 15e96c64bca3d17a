// What the tools say to people and machines on standard error, and the exception that ends a tool.
//
// A fatal error is thrown as `Error` and becomes a line and an exit status in one place,
// run_tool(). Errors of a single row are values (see sp-validate's Violation), never exceptions.
#pragma once

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

#include "sp/base/exit_code.h"

namespace sp {

// Where in an input something is wrong. Numbers count from 1; 0 and "" mean "not known".
struct Location {
  std::string file;        // as the user named it; "-" is standard input
  std::uint64_t row = 0;   // data row: the first row after the header is 1
  std::uint64_t line = 0;  // line of the file on which the row begins; the header's is usually 1
  std::string field;       // column name
};

// Ends the tool with `code`. `what()` is the message alone, without the location; it names what to
// do. A NUL of a hostile name, which would end it, is `\x00` there, as Log shows it.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message, Location where = {})
      : std::runtime_error(with_visible_nuls(message)), code_(code), where_(std::move(where)) {}
  ExitCode code() const { return code_; }
  const Location& where() const { return where_; }

 private:
  static std::string with_visible_nuls(const std::string& message);
  ExitCode code_;
  Location where_;
};

// Throws kIoErr (or `code`) with strerror(errno): "cannot ACTION NAME: No space left on device".
[[noreturn]] void throw_errno(std::string_view action, std::string_view name,
                              ExitCode code = ExitCode::kIoErr);

// The same for `error`, an errno value that a function gave; nothing for 0.
void require_done(int error, std::string_view action, std::string_view name);

// `text` as a person is shown it: control characters and bytes that are no UTF-8 are escaped, and
// it is cut after some 3000 bytes.
std::string visible(std::string_view text);

// "1 file", "2 files".
std::string counted(std::uint64_t count, std::string_view noun);

enum class LogFormat { kText, kJson };
enum class Severity { kInfo, kWarning, kError };

// Writes diagnostics as lines to `out` (not owned; standard error in the tools), each with one
// write, so that lines of the stages of a pipe do not mix. Control characters of hostile names and
// values are escaped. Text: "sp-load: error: x.csv: row 7 (line 8), field ts: MESSAGE"; where `out`
// is systemd's journal each begins with its priority, "<3>" (sd-daemon(3)). JSON: one object a
// line.
class Log {
 public:
  Log(std::string tool, LogFormat format, bool quiet, std::FILE* out = stderr);
  void info(std::string_view message, const Location& where = {}) const;  // silent with --quiet
  void warning(std::string_view message, const Location& where = {}) const;
  void error(std::string_view message, const Location& where = {}) const;
  // Lines that `program` said, or a piece of one, each in the form of this log. What begins with a
  // tool's name and "error: " or "warning: ", as our own text does, is of that tool and severity.
  void pass_on(std::string_view lines, std::string_view program) const;
  LogFormat format() const { return format_; }
  bool quiet() const { return quiet_; }

 private:
  void line(Severity severity, std::string_view message, const Location& where) const;
  void write(Severity severity, std::string_view line) const;
  std::string tool_;
  LogFormat format_;
  bool quiet_;
  std::FILE* out_;
  bool has_priorities_;
};

}  // namespace sp
