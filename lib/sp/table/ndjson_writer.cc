#include "sp/table/ndjson_writer.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "sp/base/diagnostic.h"
#include "sp/base/digits.h"
#include "sp/base/json_text.h"

namespace sp {
namespace {

// Strings up to this length are tried without a look at each byte first.
constexpr std::size_t kMaxShort = 16 * 1024;

using digits::kHighBits;
using digits::kOnes;
using digits::load8;

// A high bit set where one of eight bytes must be escaped or is not ASCII. A byte after such a one
// may be reported wrongly, which does no harm.
std::uint64_t special_bytes(std::uint64_t word) {
  const std::uint64_t quotes = word ^ ('"' * kOnes);
  const std::uint64_t backslashes = word ^ ('\\' * kOnes);
  return ((word - 0x20 * kOnes) | (quotes - kOnes) | (backslashes - kOnes) | word) & kHighBits;
}

bool is_plain(std::string_view text) {
  const char* at = text.data();
  std::size_t left = text.size();
  std::uint64_t found = 0;
  for (; left >= 8; at += 8, left -= 8) found |= special_bytes(load8(at));
  if (left == 0) return found == 0;
  if (text.size() >= 8) return (found | special_bytes(load8(at + left - 8))) == 0;
  char padded[8] = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
  std::memcpy(padded, at, left);
  return special_bytes(load8(padded)) == 0;
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
