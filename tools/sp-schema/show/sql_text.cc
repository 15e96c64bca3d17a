#include "sp-schema/show/sql_text.h"

#include <algorithm>

#include "sp-schema/show/shown.h"
#include "sp/base/diagnostic.h"

namespace sp {
namespace {

constexpr std::size_t kMaxIdentifier = 63;  // bytes; PostgreSQL cuts a longer one silently

// Every table has these already.
constexpr std::string_view kSystemColumns[] = {"tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"};

}  // namespace

std::string identifier(const Schema& schema, const std::string& name) {
  if (name.empty() || name.size() > kMaxIdentifier || name.find('\0') != std::string::npos) {
    throw Error(ExitCode::kConfig,
                "the name " + shown(name) +
                    " cannot be one in PostgreSQL (1 to 63 bytes); give the field another with "
                    "'rename', or the role 'ignore'",
                {schema.file, 0, 0, ""});
  }
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string column_name(const Schema& schema, const std::string& name) {
  if (std::find(std::begin(kSystemColumns), std::end(kSystemColumns), name) !=
      std::end(kSystemColumns)) {
    throw Error(ExitCode::kConfig,
                "the name " + shown(name) +
                    " is that of a system column of PostgreSQL; give the field another with "
                    "'rename', or the role 'ignore'",
                {schema.file, 0, 0, ""});
  }
  return identifier(schema, name);
}

std::string literal(std::string_view text) {
  const bool has_backslash = text.find('\\') != std::string_view::npos;
  std::string out = has_backslash ? "E'" : "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + "'";
}

std::string comment_literal(std::string text) {
  std::replace(text.begin(), text.end(), '\0', ' ');
  return literal(text);
}

}  // namespace sp
