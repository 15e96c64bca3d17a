// An input of which nobody said what encoding it is in: UTF-8 as far as it
// goes, else Windows-1252 or Latin-1, found out while it is read once. What
// cannot be text in any of these is an Error(kDataErr) that names the bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "sp-schema/infer/text/encoding.h"
#include "sp/io/byte_source.h"

namespace sp {

class GuessedSource final : public ByteSource {
 public:
  explicit GuessedSource(std::unique_ptr<ByteSource> source);
  // The bytes from where read() goes on, as many as kHead where the input has
  // them. Valid until read() is called.
  std::string_view head();
  std::size_t read(char* buffer, std::size_t capacity) override;
  std::uint64_t bytes_consumed() const override { return source_->bytes_consumed(); }
  std::uint64_t size_hint() const override { return source_->size_hint(); }
  // Whether all of the input is in head().
  bool is_whole() const { return at_end_; }
  // What the bytes so far are in, as iconv names it; empty: UTF-8, or UTF-16 by
  // its mark or its NULs, which are handed out as they are.
  std::string encoding() const;

  static constexpr std::size_t kHead = std::size_t{64} << 10;

 private:
  void fill();
  void take(std::string_view bytes);
  void take_text(std::string_view bytes);
  void append_single_byte(char byte);

  std::unique_ptr<ByteSource> source_;
  std::string ready_;       // UTF-8, or as it came
  std::size_t begin_ = 0;   // of ready_: what was not handed out
  std::string unfinished_;  // the first bytes of a character
  enum class Kind { kUnknown, kText, kDamagedText, kUtf16, kSingleByte } kind_ = Kind::kUnknown;
  PlausibleText plausible_;
  bool has_long_characters_ = false;  // of UTF-8
  bool has_windows_bytes_ = false;    // printable in Windows-1252, controls in Latin-1
  bool at_end_ = false;
};

}  // namespace sp
