#include "database_error.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "sp/base/digits.h"

namespace sp::load {
namespace {

constexpr ExitCode kDataErr = ExitCode::kDataErr;
constexpr ExitCode kTempFail = ExitCode::kTempFail;
constexpr ExitCode kConfig = ExitCode::kConfig;

// PostgreSQL's Appendix A. First the exceptions, then the classes.
constexpr SqlstateClass kClasses[] = {
    {"08", kTempFail, true, "the connection failed"},
    {"40001", kTempFail, true, "another transaction was in the way"},
    {"40P01", kTempFail, true, "a deadlock with another transaction"},
    {"40", kTempFail, true, "the transaction was rolled back"},
    {"53", kTempFail, true, "the server is short of a resource"},
    {"57P04", kConfig, false, "the database was dropped"},
    {"57P0", kTempFail, true, "the server is stopping or starting"},
    {"57014", kTempFail, false, "the command was cancelled"},
    {"55P03", kTempFail, true, "a lock was not to be had"},
    {"55006", kTempFail, true, "another session uses the object"},
    {"25006", kTempFail, true, "the server is a standby, or read-only"},
    {"25P03", kTempFail, true, "the server ended an idle transaction"},
    {"22", kDataErr, false, "a value that the table cannot hold"},
    {"23", kDataErr, false, "a row that breaks a constraint of the table"},
    {"44", kDataErr, false, "a row that breaks a view's check option"},
    {"P0001", kDataErr, false, "a trigger refused the row"},
    {"54", kDataErr, false, "a row beyond a limit of the server"},
    {"28", kConfig, false, "the server does not let this user in"},
    {"3D", kConfig, false, "there is no such database"},
    {"3F", kConfig, false, "there is no such schema"},
    {"42501", kConfig, false,
     "a privilege is missing; for schema sp its owner can GRANT sp_loader TO this user"},
    {"42", kConfig, false, "the database is not as sp-load expects it"},
    {"0A", kConfig, false, "the server cannot do this"},
    {"58", ExitCode::kIoErr, false, "the server's operating system failed"},
    {"", ExitCode::kSoftware, false, "not expected"},
};
constexpr SqlstateClass kNoConnection = {"", kTempFail, true, "no connection"};

void append(std::string& out, const std::string& part) {
  if (!part.empty()) out += "; " + part;
}

using digits::is_digit;

}  // namespace

const SqlstateClass& classify(const std::string& sqlstate) {
  if (sqlstate.empty()) return kNoConnection;
  return *std::find_if(
      std::begin(kClasses), std::end(kClasses),
      [&sqlstate](const SqlstateClass& c) { return sqlstate.starts_with(c.prefix); });
}

std::string describe(const DatabaseError& error) {
  std::string out = error.what();
  append(out, error.detail);
  append(out, error.hint);
  if (!error.sqlstate.empty()) {
    out +=
        std::string(" (") + classify(error.sqlstate).meaning + ", SQLSTATE " + error.sqlstate + ")";
  }
  return out;
}

std::uint64_t copy_line(const std::string& context, const std::string& table) {
  const std::string intro = "COPY " + table;
  std::size_t at = context.find(intro);
  if (at == std::string::npos) return 0;
  at += intro.size();
  // Words in any language may stand here, but no quoted value: that comes behind the number.
  while (at < context.size() && !is_digit(context[at]) && context[at] != '"') ++at;
  std::uint64_t line = 0;
  for (int digits = 0; at < context.size() && is_digit(context[at]) && digits < 18;
       ++at, ++digits) {
    line = line * 10 + static_cast<std::uint64_t>(context[at] - '0');
  }
  return line;
}

std::string copy_column(const std::string& context) {
  constexpr std::string_view kWord = ", column ";
  const std::size_t at = context.find(kWord);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + kWord.size();
  return context.substr(begin, context.find_first_of(":\n", begin) - begin);
}

}  // namespace sp::load
