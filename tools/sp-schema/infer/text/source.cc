#include "sp-schema/infer/text/source.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "sp/base/utf8.h"
#include "sp/io/text_encoding.h"

namespace sp {
namespace {

constexpr std::size_t kChunk = std::size_t{64} << 10;
constexpr std::size_t kMark = 4;     // bytes that tell UTF-16
constexpr std::size_t kLongest = 4;  // bytes of a character

// Windows-1252 from 0x80 to 0x9f; 0 where it has nothing, which PlausibleText
// refuses.
constexpr char16_t kWindows[32] = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                   0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
                                   0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                   0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// Whether `bytes` may be the beginning of a character whose other bytes are not
// read yet.
bool may_go_on(std::string_view bytes) {
  if (bytes.size() >= kLongest) return false;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  return bytes.size() < length && std::all_of(bytes.begin() + 1, bytes.end(), [](char c) {
           return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
         });
}

bool has_long_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace

GuessedSource::GuessedSource(std::unique_ptr<ByteSource> source)
    : ByteSource(source->name()), source_(std::move(source)), plausible_(name()) {}

void GuessedSource::append_single_byte(char byte) {
  const auto code = static_cast<unsigned char>(byte);
  if (code < 0x80 || code >= 0xa0) return append_utf8(ready_, code);
  has_windows_bytes_ = true;
  append_utf8(ready_, kWindows[code - 0x80]);
}

void GuessedSource::take(std::string_view bytes) {
  if (kind_ == Kind::kUnknown) {
    unfinished_ += bytes;
    if (unfinished_.size() < kMark && !at_end_) return;
    const bool is_utf16 =
        !encoding_of_mark(unfinished_).empty() || !encoding_of_nulls(unfinished_).empty();
    kind_ = is_utf16 ? Kind::kUtf16 : Kind::kText;
    const std::string text = std::exchange(unfinished_, {});
    return take(text);
  }
  if (kind_ == Kind::kUtf16) {
    ready_ += bytes;
  } else if (kind_ == Kind::kDamagedText) {
    plausible_.see_text(bytes);
    ready_ += bytes;
  } else if (kind_ == Kind::kSingleByte) {
    plausible_.see_single_bytes(bytes);
    for (const char byte : bytes) append_single_byte(byte);
  } else {
    unfinished_ += bytes;
    const std::string text = std::exchange(unfinished_, {});
    take_text(text);
  }
}

// Up to the first byte that cannot be UTF-8. A text that was UTF-8 before is
// damaged there, and the reader will say so; one that was ASCII is in another
// encoding.
void GuessedSource::take_text(std::string_view bytes) {
  std::size_t bad = find_invalid_utf8(bytes);
  if (bad == std::string_view::npos) bad = bytes.size();
  const std::string_view good = bytes.substr(0, bad);
  const std::string_view rest = bytes.substr(bad);
  plausible_.see_text(good);
  ready_ += good;
  has_long_characters_ = has_long_characters_ || has_long_character(good);
  if (rest.empty()) return;
  if (may_go_on(rest) && !at_end_) {
    unfinished_ = rest;
  } else if (has_long_characters_) {
    kind_ = Kind::kDamagedText;
    take(rest);
  } else {
    kind_ = Kind::kSingleByte;
    take(rest);
  }
}

void GuessedSource::fill() {
  ready_.erase(0, begin_);
  begin_ = 0;
  std::string chunk(kChunk, '\0');
  const std::size_t n = source_->read(chunk.data(), chunk.size());
  chunk.resize(n);
  at_end_ = n == 0;
  if (n > 0 || !unfinished_.empty()) take(chunk);
  if (at_end_) plausible_.finish();
}

std::string_view GuessedSource::head() {
  while (!at_end_ && ready_.size() - begin_ < kHead) fill();
  return std::string_view(ready_).substr(begin_);
}

std::size_t GuessedSource::read(char* buffer, std::size_t capacity) {
  while (!at_end_ && begin_ == ready_.size()) fill();
  const std::size_t n = std::min(capacity, ready_.size() - begin_);
  std::memcpy(buffer, ready_.data() + begin_, n);
  begin_ += n;
  return n;
}

std::string GuessedSource::encoding() const {
  if (kind_ != Kind::kSingleByte) return "";
  return has_windows_bytes_ ? "WINDOWS-1252" : "ISO-8859-1";
}

}  // namespace sp
