#include "csv_model.h"

#include <algorithm>

namespace sp::fuzz {
namespace {

// Where the cell that begins at `at` ends: at a delimiter, a line end or the text's end; npos where
// its quote is never closed.
std::size_t end_of_cell(std::string_view text, std::size_t at, char delimiter) {
  if (at < text.size() && text[at] == '"') {
    for (++at;; ++at) {
      if (at >= text.size()) return std::string_view::npos;
      if (text[at] != '"') continue;
      if (at + 1 < text.size() && text[at + 1] == '"') {
        ++at;
      } else {
        break;
      }
    }
    ++at;
  }
  while (at < text.size() && text[at] != delimiter && text[at] != '\n') ++at;
  return at;
}

std::string decode(std::string_view cell, bool& defect) {
  if (cell.empty() || cell.front() != '"') {
    defect = defect || cell.find_first_of("\"\r") != std::string_view::npos;
    return std::string(cell);
  }
  std::string value;
  for (std::size_t i = 1; i < cell.size(); ++i) {
    if (cell[i] != '"') {
      value += cell[i];
    } else if (i + 1 < cell.size() && cell[i + 1] == '"') {
      value += cell[i++];
    } else {
      defect = defect || i + 1 < cell.size();
      return value.append(cell.substr(i + 1));
    }
  }
  return value;
}

// RFC 3629's table of well-formed sequences.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t k) {
      return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u;
    };
    const unsigned lead = byte(0);
    const std::size_t more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4) return false;
    const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    for (std::size_t k = 1; k <= more; ++k) {
      if (byte(k) < (k == 1 ? low : 0x80) || byte(k) > (k == 1 ? high : 0xbf)) return false;
    }
    i += 1 + more;
  }
  return true;
}

void add_cell(ModelRow& row, std::string_view cell) {
  row.encoded.push_back(cell);
  row.cells.push_back(decode(cell, row.defect));
}

}  // namespace

ModelCsv read_by_hand(std::string_view text, char delimiter) {
  ModelCsv csv;
  std::uint64_t line = 1;
  for (std::size_t begin = 0; begin < text.size();) {
    ModelRow row;
    row.line = line;
    std::size_t at = begin;
    for (;;) {
      const std::size_t end = end_of_cell(text, at, delimiter);
      if (end == std::string_view::npos) {
        csv.unclosed = text.substr(begin);
        return csv;
      }
      std::string_view cell = text.substr(at, end - at);
      const bool row_ends = end == text.size() || text[end] == '\n';
      if (row_ends && cell.ends_with('\r')) cell.remove_suffix(1);  // or cut before its LF
      add_cell(row, cell);
      at = end + 1;
      if (row_ends) break;
    }
    row.raw = text.substr(begin, at - begin);
    row.defect = row.defect || !is_utf8(row.raw);
    line += static_cast<std::uint64_t>(std::count(row.raw.begin(), row.raw.end(), '\n'));
    begin += row.raw.size();
    csv.rows.push_back(std::move(row));
  }
  return csv;
}

}  // namespace sp::fuzz
