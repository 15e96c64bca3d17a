#include "sp-load/db/database_error.h"

#include <string_view>

#include "sp/base/digits.h"

namespace sp::load {
namespace {

void append(std::string& out, const std::string& part) {
  if (!part.empty()) out += "; " + part;
}

using digits::is_digit;

// PgBouncer's words for what it will never do, which come with the SQLSTATE of a connection that
// broke.
bool is_refused_by_pooler(const DatabaseError& error) {
  const std::string_view said = error.what();
  return error.sqlstate == "08P01" && (said.find("in statement pooling mode") != said.npos ||
                                       said.find("unsupported startup parameter") != said.npos);
}

}  // namespace

Verdict classify(const DatabaseError& error) {
  if (is_refused_by_pooler(error)) {
    return {ExitCode::kConfig, false, "a pooler is before the server: see POOLERS in sp-load(1)"};
  }
  if (!error.sqlstate.empty()) return judge(error.sqlstate, error.phase);
  if (error.hopeless) {
    return {ExitCode::kConfig, false,
            "no try can succeed with these parameters: see --dsn, the PG... variables, the service "
            "file"};
  }
  return {ExitCode::kTempFail, true, ""};
}

std::string describe(const DatabaseError& error) {
  std::string out = error.what();
  append(out, error.detail);
  append(out, error.hint);
  const Verdict verdict = classify(error);
  if (!error.sqlstate.empty()) {
    out += std::string(" (") + verdict.meaning + ", SQLSTATE " + error.sqlstate + ")";
  } else if (error.hopeless) {
    out += std::string(" (") + verdict.meaning + ")";
  }
  return out;
}

std::uint64_t copy_line(const std::string& context, const std::string& table) {
  const std::string intro = "COPY " + table;
  std::size_t at = context.find(intro);
  if (at == std::string::npos) return 0;
  at += intro.size();
  // Words in any language may stand here, but no quoted value: that comes after the number.
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
