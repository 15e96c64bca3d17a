#include "sp/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace sp {
namespace {

constexpr std::size_t kInitialCapacity = 256 * 1024;
constexpr std::size_t kGroup = 16;  // blocks scanned at a time: their masks stay in the first cache
constexpr std::size_t kPadding = kGroup * kScanBlock;
constexpr std::size_t kMaxCapacity = std::size_t{1} << 30;  // offsets have 31 bits
constexpr char kQuote = '"';

}  // namespace

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, std::string_view head,
                     const ReadOptions& options, CsvScan scan)
    : RecordReader(std::move(source)),
      scan_(scan ? scan : csv_scanners().front().scan),
      max_row_bytes_(std::min<std::uint64_t>(options.max_row_bytes, kMaxCapacity / 2)) {
  format_ = options.from == Format::kTsv ? Format::kTsv : Format::kCsv;
  delimiter_ = format_ == Format::kTsv ? '\t' : ',';
  if (options.delimiter != '\0') delimiter_ = options.delimiter;
  if (delimiter_ == kQuote || delimiter_ == '\n' || delimiter_ == '\r') {
    throw Error(ExitCode::kUsage, "the delimiter cannot be a quote or a line end");
  }
  allocate(std::max(kInitialCapacity, head.size()));
  std::memcpy(buffer_.get(), head.data(), head.size());
  end_ = head.size();
  read_header();
}

void CsvReader::allocate(std::size_t capacity) {
  std::unique_ptr<char[]> bytes(new char[capacity + kPadding]);
  // Memory that no cell end is written to is never touched.
  std::unique_ptr<std::uint32_t[]> ends(new std::uint32_t[capacity + kScanBlock]);
  if (end_ > 0) std::memcpy(bytes.get(), buffer_.get(), end_);
  if (end_count_ > 0) std::memcpy(ends.get(), ends_.get(), end_count_ * sizeof(std::uint32_t));
  std::memset(bytes.get() + capacity, 0, kPadding);
  buffer_ = std::move(bytes);
  ends_ = std::move(ends);
  rows_.reset(new std::uint32_t[capacity + kScanBlock]);  // it grows only while there is no row
  capacity_ = capacity;
}

// Moves the unfinished row to the front; its scan begins anew.
void CsvReader::discard_consumed() {
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = scanned_ = 0;
  end_count_ = row_count_ = next_row_ = next_end_ = 0;
  quote_ = QuoteState{};
}

// One unfinished row fills the whole buffer.
void CsvReader::grow() {
  if (end_ > max_row_bytes_) fail_too_long();
  allocate(std::min<std::size_t>(capacity_ * 2, max_row_bytes_ + kInitialCapacity));
}

// Reads until there is at least one whole row; false at the end of the input.
bool CsvReader::fill() {
  before_refill();
  if (at_end_) return false;
  discard_consumed();
  while (!at_end_ && row_count_ == 0) {
    if (end_ == capacity_) grow();
    read_more();
    index();
  }
  return row_count_ > 0;
}

void CsvReader::read_more() {
  const std::size_t n = source_->read(buffer_.get() + end_, capacity_ - end_);
  at_end_ = n == 0;
  end_ += n;
}

// Scans what no scan has seen. State is kept between the calls for a row that grows, and dropped
// with discard_consumed().
void CsvReader::index() {
  ScanMasks masks[kGroup];
  for (std::size_t at = scanned_; at < end_; at += kGroup * kScanBlock) {
    const std::size_t blocks = std::min(kGroup, (end_ - at + kScanBlock - 1) / kScanBlock);
    scan_(buffer_.get() + at, blocks, delimiter_, kQuote, masks);
    for (std::size_t b = 0; b < blocks; ++b) {
      const std::size_t offset = at + b * kScanBlock;
      if (offset + kScanBlock > end_) {  // the bytes behind the end are not ours
        const std::uint64_t ours = ~std::uint64_t{0} >> (kScanBlock - (end_ - offset));
        masks[b].delimiter &= ours;
        masks[b].quote &= ours;
        masks[b].newline &= ours;
      }
      if (masks[b].quote == 0 && !quote_.row_has_quotes) {
        index_block(masks[b], static_cast<std::uint32_t>(offset));
      } else {
        index_quoted_block(masks[b], static_cast<std::uint32_t>(offset));
      }
    }
  }
  scanned_ = end_;
  if (at_end_) end_last_row();
}

// A block without quotes, in a row without quotes so far: every delimiter and line end counts.
inline void CsvReader::index_block(const ScanMasks& masks, std::uint32_t offset) {
  std::uint64_t bits = masks.delimiter | masks.newline;
  if (bits == 0) return;
  for (std::uint64_t lines = masks.newline; lines != 0; lines &= lines - 1) {
    const std::uint64_t up_to_here = lines ^ (lines - 1);
    const auto cells = static_cast<std::size_t>(std::popcount(bits & up_to_here));
    rows_[row_count_++] = static_cast<std::uint32_t>((end_count_ + cells) << 1);
  }
  std::uint32_t* out = ends_.get() + end_count_;
  const int count = std::popcount(bits);
  // Eight at a time without asking how many there are; what is too much is written over later.
  for (int done = 0; done < count; done += 8) {
    for (int i = 0; i < 8; ++i) {
      out[done + i] = offset + static_cast<std::uint32_t>(std::countr_zero(bits));
      bits &= bits - 1;
    }
  }
  end_count_ += static_cast<std::size_t>(count);
  quote_.cell_begin = ends_[end_count_ - 1] + 1;
}

void CsvReader::index_quoted_block(const ScanMasks& masks, std::uint32_t offset) {
  std::uint64_t bits = masks.delimiter | masks.quote | masks.newline;
  for (; bits != 0; bits &= bits - 1) {
    const std::uint64_t bit = bits & (~bits + 1);
    const std::uint32_t at = offset + static_cast<std::uint32_t>(std::countr_zero(bits));
    if ((masks.quote & bit) != 0) {
      if (quote_.in_quotes) {
        quote_.in_quotes = false;
        quote_.closed_at = at + 1;
      } else if (at == quote_.cell_begin || (quote_.closed_at != 0 && quote_.closed_at == at)) {
        quote_.in_quotes = true;  // opens a cell, or is the second of a doubled quote
        quote_.row_has_quotes = true;
      }
    } else if (!quote_.in_quotes) {
      end_cell(at, (masks.newline & bit) != 0);
    }
  }
}

inline void CsvReader::end_cell(std::uint32_t offset, bool row_ends) {
  ends_[end_count_++] = offset;
  quote_.cell_begin = offset + 1;
  quote_.closed_at = 0;
  if (!row_ends) return;
  rows_[row_count_++] =
      static_cast<std::uint32_t>(end_count_ << 1) | (quote_.row_has_quotes ? 1U : 0U);
  quote_.row_has_quotes = false;
}

// The end of the input ends the last row where no line end did.
void CsvReader::end_last_row() {
  const std::size_t rows_end =
      row_count_ == 0 ? 0 : std::size_t{ends_[(rows_[row_count_ - 1] >> 1) - 1]} + 1;
  if (rows_end == end_) return;
  if (quote_.in_quotes) {
    fail("a quote that is opened in the row that begins here is never closed");
  }
  end_cell(static_cast<std::uint32_t>(end_), true);
}

bool CsvReader::next(Record& record) {
  if (next_row_ == row_count_ && !fill()) return false;
  const std::uint32_t entry = rows_[next_row_++];
  const std::uint32_t* ends = ends_.get() + next_end_;
  const std::size_t end_index = entry >> 1;
  record.size_ = end_index - next_end_;
  next_end_ = end_index;
  std::uint32_t& last = ends_[end_index - 1];
  const char* base = buffer_.get();
  const std::size_t row_end = std::min<std::size_t>(std::size_t{last} + 1, end_);
  record.raw_ = {base + begin_, row_end - begin_};
  if (record.raw_.size() > max_row_bytes_) fail_too_long();
  if (last < end_ && last > begin_ && base[last - 1] == '\r') --last;
  record.base_ = base;
  record.ends_ = ends;
  record.decoded_ = nullptr;
  record.encoded_ = nullptr;
  record.kinds_ = nullptr;
  record.defect_ = {};
  record.row_ = row_++;
  record.line_ = line_++;
  begin_ = row_end;
  if ((entry & 1) != 0) decode(record, ends);
  return true;
}

void CsvReader::decode(Record& record, const std::uint32_t* ends) {
  line_ += static_cast<std::uint64_t>(std::count(record.raw_.begin(), record.raw_.end(), '\n') -
                                      (record.raw_.back() == '\n' ? 1 : 0));
  cells_.clear();
  encoded_.clear();
  scratch_.clear();
  scratch_.reserve(record.raw_.size());  // decoded text is never longer, so views stay valid
  defect_ = false;
  const char* begin = record.raw_.data();
  for (std::size_t i = 0; i < record.size_; ++i) {
    const char* end = record.base_ + ends[i];
    const std::string_view cell(begin, static_cast<std::size_t>(end - begin));
    encoded_.push_back(cell);
    cells_.push_back(!cell.empty() && cell.front() == kQuote ? decode_cell(cell) : cell);
    begin = end + 1;
  }
  record.decoded_ = cells_.data();
  record.encoded_ = encoded_.data();
  if (defect_) record.defect_ = "there is text behind the closing quote of a cell";
}

std::string_view CsvReader::decode_cell(std::string_view cell) {
  std::string_view rest = cell.substr(1);
  std::size_t quote = rest.find(kQuote);
  if (quote + 1 == rest.size()) return rest.substr(0, quote);
  const std::size_t start = scratch_.size();
  while (quote != std::string_view::npos) {
    scratch_.append(rest.substr(0, quote));
    rest.remove_prefix(quote + 1);
    if (rest.empty()) break;
    if (rest.front() != kQuote) {
      defect_ = true;
      break;
    }
    scratch_.push_back(kQuote);
    rest.remove_prefix(1);
    quote = rest.find(kQuote);
  }
  if (defect_) scratch_.append(rest);
  return std::string_view(scratch_).substr(start);
}

void CsvReader::read_header() {
  Record header;
  while (end_ < 3 && !at_end_) read_more();
  const std::string_view head(buffer_.get(), end_);
  if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff")) {
    fail("the input begins with a UTF-16 byte-order mark; convert it to UTF-8 first");
  }
  if (head.starts_with("\xef\xbb\xbf")) {
    std::memmove(buffer_.get(), buffer_.get() + 3, end_ - 3);
    end_ -= 3;
  }
  index();
  if (!next(header)) fail("the input is empty; a header row with column names is needed");
  if (!header.defect().empty()) fail("the header is not CSV: " + std::string(header.defect()));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < header.size(); ++i) names.emplace_back(header[i]);
  columns_ = Columns(std::move(names));
  header_text_ = std::string(header.raw());
}

void CsvReader::fail_too_long() const {
  fail(fmt::format("the row is longer than {} bytes{}; --max-row-bytes sets the limit",
                   max_row_bytes_,
                   quote_.in_quotes ? " (a quote that is opened in it is not closed)" : ""));
}

void CsvReader::fail(const std::string& message) const {
  throw Error(ExitCode::kDataErr, message, Location{name(), row_, line_, ""});
}

}  // namespace sp
