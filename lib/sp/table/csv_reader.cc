#include "sp/table/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sp/base/utf8.h"
#include "sp/table/csv_delimiter.h"

namespace sp {
namespace {

constexpr std::size_t kSmallestBuffer = 64;
constexpr std::size_t kMaxCapacity = std::size_t{1} << 30;  // offsets have 31 bits

constexpr const char* kQuoteInside =
    "there is a quote in a cell that has none around it; where quotes are text, say --quote '' or "
    "\"quoteChar\": \"\" in the dialect";
constexpr const char* kBlankBeforeQuote =
    "there is a blank before the opening quote of a cell; \"skipInitialSpace\": true in the "
    "dialect takes it away";
constexpr const char* kLoneReturn =
    "there is a carriage return that ends no line in a cell without quotes; where each line ends "
    "in one, the dialect has \"lineTerminator\": \"\\r\", and with \"\\n\" it is text";

// Whether there is a CR that no LF follows.
bool has_lone_return(std::string_view bytes) {
  for (std::size_t at = 0; (at = bytes.find('\r', at)) != std::string_view::npos; ++at) {
    if (at + 1 == bytes.size() || bytes[at + 1] != '\n') return true;
  }
  return false;
}

// An escape character that is the quote is the doubled quote by another name.
Dialect with_one_escape(Dialect dialect) {
  if (dialect.escape && dialect.escape == dialect.quote) {
    dialect.escape.reset();
    dialect.double_quote = true;
  }
  return dialect;
}

}  // namespace

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, std::string_view head,
                     const ReadOptions& options, CsvScan scan)
    : RecordReader(std::move(source), options.encoding),
      dialect_(with_one_escape(options.dialect)),
      has_comments_(!dialect_.comment.empty() || !dialect_.comment_rows.empty()),
      returns_end_lines_(dialect_.line_terminator == '\n' && !dialect_.returns_are_text),
      max_row_bytes_(std::min<std::uint64_t>(options.max_row_bytes, kMaxCapacity / 2)) {
  line_terminator_ = dialect_.line_terminator;
  format_ = options.from == Format::kTsv ? Format::kTsv : Format::kCsv;
  allocate(std::max({options.buffer_bytes, head.size(), kSmallestBuffer}));
  std::memcpy(buffer_.get(), head.data(), head.size());
  end_ = head.size();
  skip_mark();
  skip_lines();
  delimiter_ = choose_delimiter(options);
  check_characters(options.delimiter != '\0');
  index_ = CsvIndex(dialect_, delimiter_, scan ? scan : csv_scanners().front().scan);
  index_.reserve(capacity_);
  index();
  read_header();
  row_ += options.first_row - 1;
  line_ += options.first_row - 1;
}

// A byte has one meaning.
void CsvReader::check_characters(bool is_flag) {
  const char end = dialect_.line_terminator;
  if (delimiter_ == dialect_.quote || delimiter_ == dialect_.escape || delimiter_ == end ||
      delimiter_ == '\n' || delimiter_ == '\r') {
    throw Error(is_flag ? ExitCode::kUsage : ExitCode::kConfig,
                "the delimiter cannot be the quote, the escape character or a line end",
                Location{name(), 0, 0, ""});
  }
  if (dialect_.quote == end || dialect_.escape == end) {
    throw Error(ExitCode::kConfig, "a line end cannot be the quote or the escape character",
                Location{name(), 0, 0, ""});
  }
}

char CsvReader::choose_delimiter(const ReadOptions& options) {
  if (options.delimiter != '\0') return options.delimiter;
  if (dialect_.delimiter) return *dialect_.delimiter;
  if (format_ == Format::kTsv) return '\t';
  if (!options.guess_delimiter) return ',';
  for (;;) {
    const bool is_all = at_end_ || end_ == capacity_;
    const DelimiterGuess guess = guess_delimiter({buffer_.get(), end_}, dialect_, is_all);
    if (guess.other != '\0') {
      const auto shown = [](char c) { return c == '\t' ? std::string("\\t") : std::string(1, c); };
      fail(
          fmt::format("header and rows fit --delimiter '{}' as well as --delimiter '{}'; say which "
                      "it is, by the flag or in the schema's dialect",
                      shown(guess.best), shown(guess.other)));
    }
    if (!guess.wants_more) return guess.best;
    read_more();
  }
}

void CsvReader::allocate(std::size_t capacity) {
  std::unique_ptr<char[]> bytes(new char[capacity + CsvIndex::kPadding]);
  if (end_ > 0) std::memcpy(bytes.get(), buffer_.get(), end_);
  std::memset(bytes.get() + capacity, 0, CsvIndex::kPadding);
  buffer_ = std::move(bytes);
  index_.reserve(capacity);
  capacity_ = capacity;
}

// Moves the unfinished row to the front; its scan begins anew.
void CsvReader::discard_consumed() {
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = next_row_ = next_cell_ = 0;
  index_.clear();
}

// One unfinished row fills the whole buffer.
void CsvReader::grow() {
  if (end_ > max_row_bytes_) fail_too_long(index_.in_quotes());
  try {
    allocate(std::min<std::size_t>(capacity_ * 2, max_row_bytes_ + 1));
  } catch (const std::bad_alloc&) {
    fail(no_memory_for_row(end_));
  }
}

// Reads until there is at least one whole row; false at the end of the input.
bool CsvReader::fill() {
  before_refill();
  if (at_end_) return false;
  discard_consumed();
  while (!at_end_ && index_.row_count() == 0) {
    if (end_ == capacity_) grow();
    read_more();
    index();
  }
  return index_.row_count() > 0;
}

void CsvReader::read_more() {
  const std::size_t n = source_->read(buffer_.get() + end_, capacity_ - end_);
  at_end_ = n == 0;
  end_ += n;
}

void CsvReader::index() {
  index_.extend(buffer_.get(), end_);
  if (at_end_ && !index_.finish(end_)) {
    fail("a quote that is opened in the row that begins here is never closed");
  }
  check_encoding();
}

// Of all whole rows at once: only where something is wrong there are its rows looked at one by one.
void CsvReader::check_encoding() {
  if (index_.row_count() == 0) return;
  const std::size_t cells = index_.cells_through(index_.row_count() - 1);
  const std::size_t rows_end = index_.ends()[cells - 1];
  const bool is_sound =
      index_.is_ascii() || find_invalid_utf8({buffer_.get(), rows_end}) == std::string_view::npos;
  must_decode_ =
      !is_sound ||
      (returns_end_lines_ && has_lone_return({buffer_.get(), std::min(rows_end + 1, end_)})) ||
      dialect_.skip_trailing_space || !dialect_.null_sequence.empty() ||
      dialect_.ignore_trailing_empty;
}

bool CsvReader::next(Record& record) {
  do {
    if (!next_row(record)) return false;
  } while (has_comments_ && is_no_row(record));
  record.row_ = row_++;
  return true;
}

bool CsvReader::is_comment(std::uint64_t file_row) const {
  return std::binary_search(dialect_.comment_rows.begin(), dialect_.comment_rows.end(), file_row);
}

// One that its text tells has no number, so that those of others are the same in each file.
bool CsvReader::is_no_row(const Record& record) {
  if (dialect_.comment.empty() || !record.raw().starts_with(dialect_.comment)) {
    return is_comment(file_row_ - 1);
  }
  --file_row_;
  return true;
}

bool CsvReader::next_row(Record& record) {
  if (next_row_ == index_.row_count() && !fill()) return false;
  std::uint32_t* ends = index_.ends();
  const std::size_t end_cell = index_.cells_through(next_row_);
  std::uint32_t& last = ends[end_cell - 1];
  const char* base = buffer_.get();
  const std::size_t row_end = std::min<std::size_t>(std::size_t{last} + 1, end_);
  record.raw_ = {base + begin_, row_end - begin_};
  if (record.raw_.size() > max_row_bytes_) fail_too_long(false);
  // A file may have been cut between CR and LF.
  if (last > begin_ && base[last - 1] == '\r' && (last < end_ || returns_end_lines_)) --last;
  record.base_ = base;
  record.ends_ = ends + next_cell_;
  record.size_ = end_cell - next_cell_;
  record.decoded_ = nullptr;
  record.encoded_ = nullptr;
  record.kinds_ = nullptr;
  record.defect_ = {};
  record.line_ = line_++;
  begin_ = row_end;
  next_cell_ = end_cell;
  ++file_row_;
  if (index_.is_encoded(next_row_++) || must_decode_) decode(record, record.ends_);
  return true;
}

void CsvReader::decode(Record& record, const std::uint32_t* ends) {
  const std::string_view raw = record.raw_;
  const char line_end = dialect_.line_terminator;
  line_ += static_cast<std::uint64_t>(std::count(raw.begin(), raw.end(), line_end));
  if (raw.ends_with(line_end)) --line_;
  cells_.clear();
  encoded_.clear();
  scratch_.clear();
  // Decoded text is never longer, so views stay valid.
  scratch_.reserve(raw.size() + Record::kReadable);
  defect_.clear();
  const char* begin = raw.data();
  for (std::size_t i = 0; i < record.size_; ++i) {
    const char* end = record.base_ + ends[i];
    encoded_.emplace_back(begin, static_cast<std::size_t>(end - begin));
    cells_.push_back(decode_cell(encoded_.back()));
    begin = end + 1;
  }
  record.decoded_ = cells_.data();
  record.encoded_ = encoded_.data();
  if (const std::size_t bad = find_invalid_utf8(raw); bad != std::string_view::npos) {
    defect_ = fmt::format(
        "byte {} of the row, 0x{:02X}, is not UTF-8; name the input's encoding with --encoding",
        bad + 1, static_cast<unsigned char>(raw[bad]));
  }
  record.defect_ = defect_;
  if (!dialect_.null_sequence.empty()) mark_nulls(record);
  if (dialect_.ignore_trailing_empty) drop_trailing_empty(record);
}

// A cell that is the null sequence, and is not quoted, is missing whatever a schema says.
void CsvReader::mark_nulls(Record& record) {
  kinds_.assign(cells_.size(), CellKind::kText);
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const bool quoted = dialect_.quote && encoded_[i].starts_with(*dialect_.quote);
    if (quoted || cells_[i] != dialect_.null_sequence) continue;
    kinds_[i] = CellKind::kNull;
    cells_[i] = {};
  }
  record.kinds_ = kinds_.data();
}

// Cells that no column has a name for, where there is nothing in them nor after them.
void CsvReader::drop_trailing_empty(Record& record) const {
  const std::size_t least = std::max<std::size_t>(columns_.size(), 1);
  while (record.size_ > least && record[record.size_ - 1].empty()) --record.size_;
}

std::string_view CsvReader::decode_cell(std::string_view cell) {
  if (dialect_.skip_initial_space) {
    cell.remove_prefix(std::min(cell.find_first_not_of(' '), cell.size()));
  }
  if (dialect_.skip_trailing_space) cell = cell.substr(0, cell.find_last_not_of(' ') + 1);
  const bool quoted = dialect_.quote && cell.starts_with(*dialect_.quote);
  if (!quoted) check_unquoted(cell);
  if (!quoted && !(dialect_.escape && cell.find(*dialect_.escape) != cell.npos)) return cell;
  return decode_quoted(cell);
}

bool CsvReader::is_escaped(std::string_view cell, std::size_t at) const {
  std::size_t escapes = 0;
  while (escapes < at && cell[at - 1 - escapes] == dialect_.escape) ++escapes;
  return escapes % 2 == 1;
}

// What would join cells or rows in silence.
void CsvReader::check_unquoted(std::string_view cell) {
  if (returns_end_lines_ && cell.find('\r') != std::string_view::npos) defect_ = kLoneReturn;
  if (!dialect_.quote) return;
  std::size_t at = cell.find(*dialect_.quote);
  while (at != std::string_view::npos && is_escaped(cell, at)) {
    at = cell.find(*dialect_.quote, at + 1);
  }
  if (at == std::string_view::npos) return;
  defect_ = cell.find_first_not_of(' ') == at ? kBlankBeforeQuote : kQuoteInside;
}

// A cell with quotes around it or escapes in it.
std::string_view CsvReader::decode_quoted(std::string_view cell) {
  if (!dialect_.escape && cell.find(cell.front(), 1) == cell.size() - 1) {
    return cell.substr(1, cell.size() - 2);
  }
  const std::size_t start = scratch_.size();
  bool in_quotes = false;
  std::size_t closed_at = 0;  // offset after the last closing quote
  for (std::size_t i = 0; i < cell.size(); ++i) {
    const char c = cell[i];
    if (c == dialect_.escape && i + 1 < cell.size()) {
      scratch_.push_back(cell[++i]);
    } else if (c == dialect_.quote && i == 0) {
      in_quotes = true;
    } else if (c == dialect_.quote && in_quotes) {
      in_quotes = false;
      closed_at = i + 1;
    } else if (c == dialect_.quote && closed_at == i && dialect_.double_quote) {
      scratch_.push_back(c);
      in_quotes = true;
    } else {
      if (!in_quotes && closed_at != 0) {
        defect_ = "there is text after the closing quote of a cell";
      }
      scratch_.push_back(c);
    }
  }
  return std::string_view(scratch_).substr(start);
}

void CsvReader::skip_mark() {
  while (end_ < 3 && !at_end_) read_more();
  const std::string_view head(buffer_.get(), end_);
  if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff")) {
    fail("the input begins with a UTF-16 byte-order mark but was not read as UTF-16");
  }
  if (head.starts_with("\xef\xbb\xbf")) begin_ = 3;
  discard_consumed();
}

void CsvReader::fail_too_long(bool in_quotes) const {
  fail(fmt::format("the row is longer than {} bytes{}; --max-row-bytes sets the limit",
                   max_row_bytes_,
                   in_quotes ? " (a quote that is opened in it is not closed)" : ""));
}

void CsvReader::fail(const std::string& message) const {
  throw Error(ExitCode::kDataErr, message, Location{name(), row_, line_, ""});
}

}  // namespace sp
