#include "sp/ndjson_writer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "sp/diagnostic.h"
#include "sp/json.h"

namespace sp {
namespace {

// Strings up to this length are tried without a look at each byte first.
constexpr std::size_t kMaxShort = 16 * 1024;

constexpr std::array<unsigned char, 256> kNeedsEscape = [] {
  std::array<unsigned char, 256> table{};
  for (std::size_t c = 0; c < 256; ++c) table[c] = c < 0x20 || c >= 0x80 || c == '"' || c == '\\';
  return table;
}();

bool is_plain(std::string_view text) {
  unsigned char found = 0;
  for (const char c : text) found |= kNeedsEscape[static_cast<unsigned char>(c)];
  return found == 0;
}

}  // namespace

void NdjsonWriter::header(const Columns& columns) {
  std::vector<std::string> sorted = columns.names();
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    throw Error(ExitCode::kDataErr, "the column name '" + *twice +
                                        "' is there twice, which NDJSON cannot hold; rename one "
                                        "of them or write CSV");
  }
  before_.clear();
  for (const std::string& name : columns.names()) {
    std::string text(1, before_.empty() ? '{' : ',');
    append_json_string(text, name);
    text += ':';
    before_.push_back(std::move(text));
  }
}

void NdjsonWriter::write(std::span<const Cell> cells) {
  if (cells.empty()) sink_.append('{');
  for (std::size_t i = 0; i < cells.size(); ++i) {
    sink_.append(before_[i]);
    write_value(cells[i]);
  }
  sink_.append("}\n");
}

void NdjsonWriter::write_value(const Cell& cell) {
  if (cell.encoded) {
    sink_.append(cell.text.empty() ? "null" : cell.text);  // empty: the member was not there
    return;
  }
  switch (cell.kind) {
    case CellKind::kNull:
      return sink_.append("null");
    case CellKind::kBoolean:
      if (cell.text == "true" || cell.text == "false") return sink_.append(cell.text);
      break;
    case CellKind::kText:
    case CellKind::kNumber:
      if (is_json_number(cell.text)) return sink_.append(cell.text);
      break;
    case CellKind::kString:
      break;
  }
  write_string(cell.text);
}

void NdjsonWriter::write_string(std::string_view text) {
  if (text.size() > kMaxShort || !is_plain(text)) {
    scratch_.clear();
    append_json_string(scratch_, text);
    sink_.append(scratch_);
    return;
  }
  char* out = sink_.reserve(text.size() + 2);
  *out = '"';
  std::memcpy(out + 1, text.data(), text.size());
  out[text.size() + 1] = '"';
  sink_.commit(text.size() + 2);
}

}  // namespace sp
