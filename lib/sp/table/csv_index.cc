#include "sp/table/csv_index.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace sp {
namespace {

constexpr std::size_t kGroup = CsvIndex::kPadding / kScanBlock;

}  // namespace

CsvIndex::CsvIndex(const Dialect& dialect, char delimiter, CsvScan scan)
    : dialect_(dialect), delimiter_(delimiter), scan_(scan), note_ends_(csv_note_ends().front()) {}

void CsvIndex::reserve(std::size_t bytes) {
  // Memory that no cell end is written to is never touched.
  std::unique_ptr<std::uint32_t[]> ends(new std::uint32_t[bytes + kScanBlock]);
  if (end_count_ > 0) std::memcpy(ends.get(), ends_.get(), end_count_ * sizeof(std::uint32_t));
  ends_ = std::move(ends);
  rows_.reset(new std::uint32_t[bytes + kScanBlock]);
}

void CsvIndex::clear() {
  scanned_ = end_count_ = row_count_ = 0;
  is_ascii_ = true;
  in_quotes_ = escaped_ = row_is_encoded_ = false;
  cell_begin_ = closed_at_ = 0;
}

void CsvIndex::extend(const char* bytes, std::size_t end) {
  if (dialect_.needs_bytewise_scan()) return index_bytewise(bytes, end);
  ScanMasks masks[kGroup];
  for (std::size_t at = scanned_; at < end; at += kGroup * kScanBlock) {
    const std::size_t blocks = std::min(kGroup, (end - at + kScanBlock - 1) / kScanBlock);
    // What lies after the end may spoil this, which only costs a look at the bytes themselves.
    is_ascii_ &= scan_(bytes + at, blocks, delimiter_, dialect_.quote.value_or('\n'), masks);
    if (at + blocks * kScanBlock > end) {  // the bytes after the end are not ours
      const std::uint64_t ours = ~std::uint64_t{0} >> (at + blocks * kScanBlock - end);
      masks[blocks - 1].delimiter &= ours;
      masks[blocks - 1].quote &= ours;
      masks[blocks - 1].newline &= ours;
    }
    index_blocks(masks, blocks, static_cast<std::uint32_t>(at));
  }
  scanned_ = std::max(scanned_, end);
}

void CsvIndex::index_blocks(ScanMasks* masks, std::size_t blocks, std::uint32_t offset) {
  for (std::size_t b = 0; b < blocks;) {
    const std::uint32_t at = offset + static_cast<std::uint32_t>(b * kScanBlock);
    if (!dialect_.quote) masks[b].quote = 0;
    if (masks[b].quote != 0 || row_is_encoded_) {
      index_quoted_block(masks[b++], at);
    } else {
      b += index_plain_blocks(masks + b, blocks - b, at);
    }
  }
}

// Blocks without quotes, in rows without quotes so far: every delimiter and line end counts.
std::size_t CsvIndex::index_plain_blocks(const ScanMasks* masks, std::size_t blocks,
                                         std::uint32_t offset) {
  CsvEnds ends{ends_.get(), rows_.get(), end_count_, row_count_};
  const std::size_t done = note_ends_(masks, blocks, offset, ends);
  if (ends.cell_count != end_count_) cell_begin_ = ends_[ends.cell_count - 1] + 1;
  end_count_ = ends.cell_count;
  row_count_ = ends.row_count;
  return done;
}

void CsvIndex::index_quoted_block(const ScanMasks& masks, std::uint32_t offset) {
  for (std::uint64_t bits = masks.delimiter | masks.quote | masks.newline; bits != 0;
       bits &= bits - 1) {
    const std::uint64_t bit = bits & (~bits + 1);
    const std::uint32_t at = offset + static_cast<std::uint32_t>(std::countr_zero(bits));
    if ((masks.quote & bit) != 0) {
      quote_at(at);
    } else if (!in_quotes_) {
      end_cell(at, (masks.newline & bit) != 0);
    }
  }
}

// For the dialects in which more than delimiters, quotes and LF decide.
void CsvIndex::index_bytewise(const char* bytes, std::size_t end) {
  is_ascii_ = false;  // nobody looked
  for (; scanned_ < end; ++scanned_) {
    const char c = bytes[scanned_];
    const auto at = static_cast<std::uint32_t>(scanned_);
    if (escaped_) {
      escaped_ = false;
    } else if (c == dialect_.escape) {
      escaped_ = row_is_encoded_ = true;
    } else if (c == dialect_.quote) {
      quote_at(at);
    } else if (in_quotes_) {
      continue;
    } else if (c == ' ' && at == cell_begin_ && dialect_.skip_initial_space) {
      cell_begin_ = at + 1;
      row_is_encoded_ = true;
    } else if (c == delimiter_ || c == dialect_.line_terminator) {
      end_cell(at, c == dialect_.line_terminator);
    }
  }
}

inline void CsvIndex::quote_at(std::uint32_t offset) {
  if (in_quotes_) {
    in_quotes_ = false;
    closed_at_ = offset + 1;
  } else if (offset == cell_begin_ ||
             (dialect_.double_quote && closed_at_ != 0 && closed_at_ == offset)) {
    in_quotes_ = true;  // opens a cell, or is the second of a doubled quote
  }
  row_is_encoded_ = true;  // also where it stands in the wrong place
}

inline void CsvIndex::end_cell(std::uint32_t offset, bool row_ends) {
  ends_[end_count_++] = offset;
  cell_begin_ = offset + 1;
  closed_at_ = 0;
  if (!row_ends) return;
  rows_[row_count_++] = static_cast<std::uint32_t>(end_count_ << 1) | (row_is_encoded_ ? 1U : 0U);
  row_is_encoded_ = false;
}

bool CsvIndex::finish(std::size_t end) {
  const std::size_t rows_end =
      row_count_ == 0 ? 0 : std::size_t{ends_[cells_through(row_count_ - 1) - 1]} + 1;
  if (rows_end == end) return true;
  if (in_quotes_) return false;
  end_cell(static_cast<std::uint32_t>(end), true);
  return true;
}

}  // namespace sp
