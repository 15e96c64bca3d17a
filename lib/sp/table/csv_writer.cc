#include "sp/table/csv_writer.h"

#include <cstdint>
#include <cstring>

#include "sp/table/copy_cell.h"

namespace sp {
namespace {

using Bytes16 = unsigned char __attribute__((vector_size(16)));
constexpr std::size_t kBlock = sizeof(Bytes16);
// Longest row that write_plain() takes: its counters of delimiters have eight bits.
constexpr std::size_t kMaxPlainRow = 255 * kBlock;

Bytes16 all(char c) { return Bytes16{} + static_cast<unsigned char>(c); }

// What a whole row, as it was copied, holds.
struct RowContent {
  std::size_t delimiters;
  bool quote_or_line_end;
};

// `row` is readable up to the next multiple of kBlock, with zero bytes after its end.
RowContent inspect(const char* row, std::size_t size, char delimiter) {
  const Bytes16 delimiters = all(delimiter), quote = all('"'), cr = all('\r'), lf = all('\n');
  Bytes16 count{}, bad{};
  for (std::size_t at = 0; at < size; at += kBlock) {
    Bytes16 bytes;
    std::memcpy(&bytes, row + at, kBlock);
    count -= reinterpret_cast<Bytes16>(bytes == delimiters);  // true is -1
    bad |= reinterpret_cast<Bytes16>((bytes == quote) | (bytes == cr) | (bytes == lf));
  }
  std::uint64_t bad_halves[2], counts[2];
  std::memcpy(bad_halves, &bad, kBlock);
  std::memcpy(counts, &count, kBlock);
  // Adds eight bytes without overflow: as four sums of two, then all four by one multiplication.
  const auto sum = [](std::uint64_t v) {
    constexpr std::uint64_t kEven = 0x00ff00ff00ff00ff;
    return (((v & kEven) + ((v >> 8) & kEven)) * 0x0001000100010001) >> 48;
  };
  return {sum(counts[0]) + sum(counts[1]), (bad_halves[0] | bad_halves[1]) != 0};
}

bool has_outer_space(std::string_view text) {
  return !text.empty() && (text.front() == ' ' || text.back() == ' ');
}

// A reader would take such a first name for a byte-order mark or for the begin of NDJSON.
bool misleads(std::string_view name) {
  const std::size_t first = name.find_first_not_of(" \t");
  return name.starts_with("\xef\xbb\xbf") ||
         (first != std::string_view::npos && name[first] == '{');
}

}  // namespace

void CsvWriter::header(const Columns& columns) {
  std::vector<Cell> cells;
  for (const std::string& name : columns.names()) cells.push_back({name});
  std::string quoted;
  if (!cells.empty() && misleads(cells[0].text) && !needs_quotes(cells[0].text)) {
    quoted = "\"" + columns[0] + "\"";
    cells[0] = {quoted, CellKind::kText, true};
  }
  write(cells);
  sink_.flush();
}

void CsvWriter::write(std::span<const Cell> cells) {
  std::size_t size = cells.size();  // delimiters and the line end
  for (const Cell& cell : cells) size += cell.text.size();
  if (size <= 1 || size > kMaxPlainRow || !write_plain(cells, size)) write_quoting(cells);
}

// Copies the row as if no cell needed quotes and looks afterwards, once, whether that was so: then
// there are as many delimiters as between the cells, and nothing else to quote. False otherwise.
bool CsvWriter::write_plain(std::span<const Cell> cells, std::size_t size) {
  char* const begin = sink_.reserve(size + kBlock);
  char* out = begin;
  bool outer_space = false;
  for (const Cell& cell : cells) {
    copy_cell(out, cell.text.data(), cell.text.size());
    out += cell.text.size();
    *out++ = delimiter_;
    outer_space |= has_outer_space(cell.text);
  }
  --out;
  std::memset(out, 0, kBlock);
  const RowContent content = inspect(begin, size - 1, delimiter_);
  if (outer_space || content.quote_or_line_end || content.delimiters != cells.size() - 1) {
    return false;
  }
  *out = '\n';
  sink_.commit(size);
  return true;
}

void CsvWriter::write_quoting(std::span<const Cell> cells) {
  if (cells.empty()) return;  // no columns: not even an empty name
  // The only cell of a row, if empty, would make a blank line.
  if (cells.size() == 1 && cells[0].text.empty()) {
    sink_.append("\"\"\n");
    return;
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i != 0) sink_.append(delimiter_);
    write_cell(cells[i]);
  }
  sink_.append('\n');
}

void CsvWriter::write_cell(const Cell& cell) {
  if (cell.encoded || !needs_quotes(cell.text)) {
    sink_.append(cell.text);
  } else {
    write_quoted(cell.text);
  }
}

void CsvWriter::write_quoted(std::string_view text) {
  sink_.append('"');
  while (!text.empty()) {
    const std::size_t quote = text.find('"');
    if (quote == std::string_view::npos) {
      sink_.append(text);
      break;
    }
    sink_.append(text.substr(0, quote + 1));
    sink_.append('"');
    text.remove_prefix(quote + 1);
  }
  sink_.append('"');
}

bool CsvWriter::needs_quotes(std::string_view text) const {
  const char special[] = {delimiter_, '"', '\r', '\n'};
  return has_outer_space(text) ||
         text.find_first_of({special, sizeof special}) != std::string_view::npos;
}

}  // namespace sp
