// Whether bytes are text, and text that reads in Windows-1252: what tells an input that is in it
// from one in another encoding, or from no text at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sp {

// UTF-16 that does not say so, as iconv names it: a NUL in every second byte of the first four.
// Else "".
std::string encoding_of_nulls(std::string_view head);

// Looks at the bytes of an input in their order.
class PlausibleText {
 public:
  // `name` is the input's, for messages.
  explicit PlausibleText(std::string name) : name_(std::move(name)) {}
  // Of UTF-8, or of UTF-8 with damage. Throws Error(kDataErr) for a NUL.
  void see_text(std::string_view bytes);
  // Of an input that is in Windows-1252, if it is text. Throws Error(kDataErr) for a control
  // character, a byte that Windows-1252 lacks, and a sign where a word goes on after it.
  void see_single_bytes(std::string_view bytes);
  // At the end. Throws Error(kDataErr) where bytes above ASCII stand among each other more than in
  // words of Latin letters.
  void finish() const;

 private:
  void pass(std::string_view bytes);
  [[noreturn]] void fail(std::string_view from, std::uint64_t offset) const;
  std::string name_;
  std::uint64_t offset_ = 0;          // of the next byte
  std::string before_;                // the last bytes of what was seen
  std::uint64_t together_ = 0;        // pairs of bytes above ASCII
  std::uint64_t in_words_ = 0;        // pairs of one and a Latin letter
  std::uint64_t first_together_ = 0;  // where the first such pair is
  std::string first_bytes_;           // from there
};

}  // namespace sp
