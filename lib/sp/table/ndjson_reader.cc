#include "sp/table/ndjson_reader.h"

#include <algorithm>
#include <cstring>

namespace sp {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_blank(std::string_view line) { return std::all_of(line.begin(), line.end(), is_space); }

bool is_empty_object(std::string_view line) {
  std::string_view wanted = "{}";
  for (const char c : line) {
    if (is_space(c)) continue;
    if (wanted.empty() || c != wanted[0]) return false;
    wanted.remove_prefix(1);
  }
  return wanted.empty();
}

}  // namespace

NdjsonReader::NdjsonReader(std::unique_ptr<ByteSource> source, std::string_view head,
                           const ReadOptions& options)
    : RecordReader(std::move(source), options.encoding),
      max_row_bytes_(options.max_row_bytes),
      skips_blank_lines_(options.skips_blank_lines) {
  format_ = Format::kNdjson;
  delimiter_ = '\0';
  allocate(std::max(options.buffer_bytes, head.size()));
  std::memcpy(buffer_.get(), head.data(), head.size());
  end_ = head.size();
  parts_.expect(options.members, options.takes_other_members);
  if (options.dialect.flatten) parts_.flatten();
  row_ = line_ = options.first_row - 1;
  read_columns();
}

void NdjsonReader::allocate(std::size_t capacity) {
  // The line feed is for a last line that has none.
  std::unique_ptr<char[]> bytes(new char[capacity + 1 + NdjsonRow::kPadding]);
  if (end_ > 0) std::memcpy(bytes.get(), buffer_.get(), end_);
  std::memset(bytes.get() + capacity, 0, 1 + NdjsonRow::kPadding);
  buffer_ = std::move(bytes);
  capacity_ = capacity;
}

// Drops what stands before begin_ and reads more after what is left; false at the end of the
// input.
bool NdjsonReader::fill() {
  if (at_end_) return false;
  before_refill();
  const std::size_t left = end_ - begin_;
  std::memmove(buffer_.get(), buffer_.get() + begin_, left);
  for (std::size_t* offset : {&line_end_, &next_, &scanned_, &blank_until_}) {
    *offset -= std::min(*offset, begin_);
  }
  begin_ = 0;
  end_ = left;
  try {
    if (left > capacity_ / 2) allocate(capacity_ * 2);
  } catch (const std::bad_alloc&) {
    fail(no_memory_for_row(left));
  }
  const std::size_t n = source_->read(buffer_.get() + end_, capacity_ - end_);
  end_ += n;
  at_end_ = n == 0;
  if (at_end_) buffer_[end_] = '\n';  // not part of the last line, but its parser stops there
  return !at_end_;
}

// Finds the end of the line that begins at begin_; false where there is no line.
bool NdjsonReader::find_line() {
  for (;;) {
    const std::size_t from = std::max(begin_, scanned_);
    const void* const feed = std::memchr(buffer_.get() + from, '\n', end_ - from);
    if (feed != nullptr) {
      line_end_ = static_cast<std::size_t>(static_cast<const char*>(feed) - buffer_.get());
      next_ = line_end_ + 1;
      break;
    }
    scanned_ = end_;
    if (end_ - begin_ > max_row_bytes_) fail_too_long();
    if (fill()) continue;
    if (begin_ == end_) return false;
    line_end_ = next_ = end_;
    break;
  }
  if (line_end_ - begin_ > max_row_bytes_) fail_too_long();
  return true;
}

// True where nothing but white space follows from begin_ on. The search goes on where it ended
// before, so that many blank lines cost no more than their bytes.
bool NdjsonReader::only_blanks_left() {
  for (;;) {
    blank_until_ = std::max(blank_until_, begin_);
    while (blank_until_ < end_ && is_space(buffer_[blank_until_])) ++blank_until_;
    // They are kept until it is known, so that their number has a limit, and the same one however
    // the input comes.
    if (blank_until_ - begin_ > max_row_bytes_) {
      fail("more than " + std::to_string(max_row_bytes_) +
           " bytes of blank lines begin here; raise --max-row-bytes if that may be");
    }
    if (blank_until_ < end_) return false;
    if (!fill()) return true;
  }
}

// Looks at the first line that is not blank and leaves all lines to be read as rows.
void NdjsonReader::read_columns() {
  while (end_ < kByteOrderMark.size() && fill()) {
  }
  if (std::string_view(buffer_.get(), end_).starts_with(kByteOrderMark)) {
    begin_ = kByteOrderMark.size();
  }
  if (!only_blanks_left()) {
    scanned_ = blank_until_;  // past the line ends before it
    find_line();
    scanned_ = begin_;
    const std::string_view line = line_with_members();
    try {
      columns_ = parts_.set_columns(line);
    } catch (const Error& error) {
      const auto before = static_cast<std::uint64_t>(
          std::count<const char*>(buffer_.get() + begin_, line.data(), '\n'));
      row_ += before;
      line_ += before;
      fail(std::string("the first line tells the columns, but it is ") + error.what());
    }
  } else {
    columns_ = parts_.set_columns("");
    has_nothing_ = true;
  }
  next_ = begin_;
}

// The first line from blank_until_ on that is neither blank nor an object without members; where
// there is none within the longest row's bytes, the line there. All of them stay to be read.
std::string_view NdjsonReader::line_with_members() {
  const std::size_t first = blank_until_ - begin_;  // fill() moves what stands from begin_ on
  const std::size_t first_size = line_end_ - blank_until_;
  std::size_t at = first;
  for (;;) {
    const char* const text = buffer_.get() + begin_ + at;
    const std::size_t left = end_ - begin_ - at;
    const void* const feed = std::memchr(text, '\n', left);
    if (feed == nullptr && end_ - begin_ <= max_row_bytes_ && !at_end_) {
      fill();  // moves the text, at the end of the input too
      continue;
    }
    const std::size_t size =
        feed == nullptr ? left : static_cast<std::size_t>(static_cast<const char*>(feed) - text);
    if (at + size > max_row_bytes_) break;  // as much as is there of it, however it came
    if (!is_blank({text, size}) && !is_empty_object({text, size})) return {text, size};
    if (feed == nullptr) break;
    at += size + 1;
  }
  return {buffer_.get() + begin_ + first, first_size};
}

bool NdjsonReader::next(Record& record) {
  for (;; ++line_) {
    begin_ = next_;
    if (!find_line()) return end();
    const std::string_view line(buffer_.get() + begin_, line_end_ - begin_);
    const bool may_be_blank = line.empty() || is_space(line[0]);
    if (!may_be_blank || !is_blank(line)) {
      parts_.parse(line);
      return hand_out(record);
    }
    if (only_blanks_left()) return end();
    if (skips_blank_lines_) continue;
    parts_.set_defect("a blank line");
    return hand_out(record);
  }
}

bool NdjsonReader::end() const {
  before_refill();
  return false;
}

bool NdjsonReader::hand_out(Record& record) {
  record.decoded_ = parts_.cells.data();
  record.encoded_ = parts_.tokens.data();
  record.kinds_ = parts_.kinds.data();
  record.size_ = columns_.size();
  record.raw_ = {buffer_.get() + begin_, next_ - begin_};
  record.row_ = ++row_;
  record.line_ = ++line_;
  record.defect_ = parts_.defect;
  return true;
}

void NdjsonReader::fail_too_long() const {
  fail("the row is longer than " + std::to_string(max_row_bytes_) +
       " bytes; raise --max-row-bytes if it may be");
}

void NdjsonReader::fail(const std::string& message) const {
  throw Error(ExitCode::kDataErr, message, {name(), row_ + 1, line_ + 1, ""});
}

}  // namespace sp
