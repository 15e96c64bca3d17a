#include "sp-schema/show/facts.h"
#include "sp-schema/show/show.h"

namespace sp {
namespace {

// Text that Markdown must take for nothing but text.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_[]<>#|~$&").find(c) != std::string_view::npos) out += '\\';
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    out += is_control ? ' ' : c;
  }
  return out;
}

void append_row(std::string& out, const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) out += "| " + escaped(cell) + (cell.empty() ? "" : " ");
  out += "|\n";
}

void append_table(std::string& out, const SchemaTable& table) {
  append_row(out, table.heading);
  for (std::size_t i = 0; i < table.heading.size(); ++i) out += "|---";
  out += "|\n";
  for (const std::vector<std::string>& row : table.rows) append_row(out, row);
  out += '\n';
}

}  // namespace

std::string schema_to_markdown(const Schema& schema) {
  std::string out = "# " + escaped(schema.title.empty() ? schema_stem(schema) : schema.title);
  out += "\n\n";
  if (!schema.description.empty()) out += escaped(schema.description) + "\n\n";
  append_table(out, schema_table(schema, TableWidth::kPage));
  for (const auto& [name, text] : schema_facts(schema)) {
    out += "- " + escaped(name) + ": " + escaped(text) + "\n";
  }
  out += "\n## After sp-transform\n\n";
  append_table(out, transformed_table(schema));
  out.pop_back();
  return out;
}

}  // namespace sp
