#include "sp/table/ndjson_writer.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "sp/base/diagnostic.h"
#include "sp/base/digits.h"
#include "sp/base/json_text.h"
#include "sp/table/copy_cell.h"

namespace sp {
namespace {

constexpr std::string_view kNull = "null", kEnd = "}\n";

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

// What stands for the cell; a null view where that is its text as a string.
std::string_view token_of(const Cell& cell) {
  if (cell.encoded)
    return cell.text.empty() ? kNull : cell.text;  // empty: the member was not there
  switch (cell.kind) {
    case CellKind::kNull:
      return kNull;
    case CellKind::kBoolean:
      return cell.text == "true" || cell.text == "false" ? cell.text : std::string_view();
    case CellKind::kText:
    case CellKind::kNumber:
      return is_json_number(cell.text) ? cell.text : std::string_view();
    case CellKind::kString:
      break;
  }
  return {};
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
  before_bytes_ = 0;
  for (const std::string& name : columns.names()) {
    std::string text(1, before_.empty() ? '{' : ',');
    append_json_string(text, name);
    text += ':';
    before_bytes_ += text.size();
    before_.push_back(std::move(text));
  }
}

void NdjsonWriter::write(std::span<const Cell> cells) {
  if (cells.empty()) return sink_.append("{}\n");
  std::size_t most = before_bytes_ + kEnd.size();
  for (const Cell& cell : cells) most += cell.text.size() + kNull.size();  // two quotes are less
  if (most > ByteSink::kMaxReserve || !write_plain(cells, most)) write_any(cells);
}

// A row of plain texts, in place; false where one has to be escaped.
bool NdjsonWriter::write_plain(std::span<const Cell> cells, std::size_t most) {
  char* const begin = sink_.reserve(most);
  char* out = begin;
  const auto put = [&out](std::string_view text) {
    copy_cell(out, text.data(), text.size());
    out += text.size();
  };
  for (std::size_t i = 0; i < cells.size(); ++i) {
    put(before_[i]);
    const std::string_view token = token_of(cells[i]);
    if (token.data() != nullptr) {
      put(token);
    } else {
      if (!is_plain(cells[i].text)) return false;
      *out++ = '"';
      put(cells[i].text);
      *out++ = '"';
    }
  }
  put(kEnd);
  sink_.commit(static_cast<std::size_t>(out - begin));
  return true;
}

void NdjsonWriter::write_any(std::span<const Cell> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    sink_.append(before_[i]);
    if (const std::string_view token = token_of(cells[i]); token.data() != nullptr) {
      sink_.append(token);
    } else {
      scratch_.clear();
      append_json_string(scratch_, cells[i].text);
      sink_.append(scratch_);
    }
  }
  sink_.append(kEnd);
}

}  // namespace sp
