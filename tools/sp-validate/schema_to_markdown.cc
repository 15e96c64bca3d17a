#include "schema_table.h"
#include "schema_to.h"

namespace sp {
namespace {

// Text that Markdown must take for nothing but text.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_[]<>#|~$&").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

void append_row(std::string& out, const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) out += "| " + escaped(cell) + (cell.empty() ? "" : " ");
  out += "|\n";
}

}  // namespace

std::string schema_to_markdown(const Schema& schema, const StreamOptions& stream) {
  const SchemaTable table = schema_table(schema);
  std::string out = "# " + escaped(schema_stem(schema)) + "\n\n";
  append_row(out, table.heading);
  for (std::size_t i = 0; i < table.heading.size(); ++i) out += "|---";
  out += "|\n";
  for (const std::vector<std::string>& row : table.rows) append_row(out, row);
  out += '\n';
  for (const auto& [name, text] : schema_facts(schema, stream)) {
    out += "- " + escaped(name) + ": " + escaped(text) + "\n";
  }
  return out;
}

}  // namespace sp
