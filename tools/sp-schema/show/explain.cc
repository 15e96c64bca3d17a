#include "sp-schema/show/explain.h"

#include <algorithm>

#include "sp-schema/show/facts.h"

namespace sp {
namespace {

// Characters, where each takes one place of a terminal.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

void append_row(std::string& out, const std::vector<std::string>& cells,
                const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    line.append(widths[i] - width(cells[i]) + 2, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + '\n';
}

void append_table(std::string& out, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (const std::vector<std::string>& row : rows) append_row(out, row, widths);
}

}  // namespace

std::string explain_schema(const Schema& schema) {
  const SchemaTable table = schema_table(schema, TableWidth::kTerminal);
  std::vector<std::vector<std::string>> rows{table.heading};
  rows.insert(rows.end(), table.rows.begin(), table.rows.end());
  std::string out;
  append_table(out, rows);
  out += '\n';
  rows.clear();
  for (const auto& [name, text] : schema_facts(schema)) rows.push_back({name, text});
  append_table(out, rows);
  return out;
}

}  // namespace sp
